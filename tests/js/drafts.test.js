import assert from "node:assert/strict";
import { test } from "node:test";

import { bestFor, Drafts, forgotten, keyOf, KEPT_MS, Throttle } from "../../server/static/annotate/drafts.js";
import { Memory } from "../../server/static/annotate/store.js";

const lease = { id: "l2", epoch: 2, region_id: 7 };
const draft = (key, region_id, saved_at) => ({ key, region_id, saved_at });

test("a lease's own draft comes first", () => {
  const found = bestFor(lease, [draft("l9:9", 7, 9), draft(keyOf(lease), 7, 1)]);
  assert.equal(found.key, "l2:2");
});

test("without one, the newest of the same region serves", () => {
  const found = bestFor(lease, [draft("a:1", 7, 1), draft("b:1", 7, 5), draft("c:1", 8, 9)]);
  assert.equal(found.key, "b:1");
});

test("another region's draft never serves", () => {
  assert.equal(bestFor(lease, [draft("c:1", 8, 9)]), null);
});

test("drafts are forgotten after two weeks", () => {
  assert.deepEqual(forgotten([draft("old", 1, 0), draft("new", 2, 10)], KEPT_MS + 1), ["old"]);
});

test("a label that has arrived drops all drafts of its region", async () => {
  const drafts = new Drafts(new Memory("key"), "me");
  await drafts.save(lease, { state: 1 });
  await drafts.save({ ...lease, id: "l1", epoch: 1 }, { state: 2 });
  await drafts.save({ ...lease, region_id: 8, id: "l3" }, { state: 3 });
  await drafts.drop(7);
  assert.deepEqual((await drafts.all()).map((each) => each.state), [3]);
});

test("the tab's own newest change of an earlier label is what was interrupted", async () => {
  const drafts = new Drafts(new Memory("key"), "me");
  await drafts.save(lease, { session: "tab", reopened: false });
  await drafts.save({ ...lease, id: "l3", region_id: 8 }, { session: "tab", reopened: true });
  await drafts.save({ ...lease, id: "l4", region_id: 9 }, { session: "other", reopened: true });
  assert.equal((await drafts.interrupted("tab")).region_id, 8);
  assert.equal(await drafts.interrupted("new"), undefined);
});

test("one person does not see another's drafts", async () => {
  const table = new Memory("key");
  await new Drafts(table, "me").save(lease, { state: 1 });
  assert.equal(await new Drafts(table, "you").find(lease), null);
});

/** A clock whose one timer the test runs. */
function manual() {
  const clock = { timer: null };
  clock.setTimeout = (work) => (clock.timer = work);
  clock.clearTimeout = () => (clock.timer = null);
  return clock;
}

test("work is done at once, and once more after the last of many calls", () => {
  const clock = manual();
  let done = 0;
  const often = new Throttle(() => (done += 1), 100, clock);
  for (let i = 0; i < 5; i += 1) often.call();
  assert.equal(done, 1);
  clock.timer();
  assert.equal(done, 2);
  clock.timer();
  assert.equal(done, 2);
});

test("flushing does what still waits, and nothing twice", () => {
  const clock = manual();
  let done = 0;
  const often = new Throttle(() => (done += 1), 100, clock);
  often.call();
  often.call();
  often.flush();
  often.flush();
  assert.equal(done, 2);
});

test("what is cancelled is not done", () => {
  const clock = manual();
  let done = 0;
  const often = new Throttle(() => (done += 1), 100, clock);
  often.call();
  often.call();
  often.cancel();
  clock.timer();
  assert.equal(done, 1);
});
