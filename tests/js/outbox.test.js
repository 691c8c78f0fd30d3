import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox, verdict } from "../../server/static/annotate/outbox.js";
import { Memory } from "../../server/static/annotate/store.js";

/** A clock that the test moves: `tick` runs the one timer that is set. */
class Clock {
  #timer = null;
  asked = [];

  setTimeout(work, ms) {
    this.asked.push(ms);
    this.#timer = work;
    return this.asked.length;
  }

  clearTimeout() {
    this.#timer = null;
  }

  async tick() {
    await this.#timer?.();
  }
}

/** An outbox whose server gives these answers in turn, then 201 for all; `sent` names what came. */
function outbox(answers = [], table = new Memory("seq"), owner = "me") {
  const sent = [];
  const clock = new Clock();
  const send = async (entry) => {
    sent.push(entry.name);
    return answers.shift() ?? { status: 201 };
  };
  return { box: new Outbox(table, send, owner, clock), sent, clock, table };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

async function filled(made, ...names) {
  for (const name of names) await made.box.add({ name });
  await settled();
  return made;
}

test("what an answer means", () => {
  const of = (status, code = "") => verdict({ status, code });
  assert.deepEqual([200, 201, 204].map((status) => of(status)), Array(3).fill("done"));
  assert.deepEqual([0, 408, 429, 500, 503].map((status) => of(status)), Array(5).fill("again"));
  assert.equal(of(409, "lease_superseded"), "superseded");
  assert.equal(of(409, "already_labelled"), "refused");
  assert.equal(of(401), "signed_out");
  assert.equal(of(422), "refused");
});

test("an outbox is empty when what was added has arrived, and not while it is being kept", async () => {
  const { box } = outbox();
  assert.equal(box.isEmpty, true);
  const kept = box.add({ name: "a" });
  assert.deepEqual([box.isEmpty, box.waiting.length], [false, 0]);
  await kept;
  assert.equal(box.isEmpty, false);
  await settled();
  assert.equal(box.isEmpty, true);
});

test("entries are sent in the order in which they came", async () => {
  const { sent, box } = await filled(outbox(), "a", "b", "c");
  assert.deepEqual(sent, ["a", "b", "c"]);
  assert.equal(box.waiting.length, 0);
});

test("what comes later waits for what could not be sent", async () => {
  const made = await filled(outbox([{ status: 0 }, { status: 503 }]), "a", "b");
  assert.deepEqual(made.sent, ["a"]);
  await made.clock.tick();
  assert.deepEqual(made.sent, ["a", "a"]);
  await made.clock.tick();
  assert.deepEqual(made.sent, ["a", "a", "a", "b"]);
});

test("the server's wish for a pause is respected", async () => {
  const { clock } = await filled(outbox([{ status: 429, retryAfterMs: 7000 }]), "a");
  assert.deepEqual(clock.asked, [7000]);
});

test("pauses grow while nothing comes back, and start anew after an answer", async () => {
  const none = { status: 0 };
  const made = await filled(outbox([none, none, none, undefined, none]), "a", "b");
  for (let i = 0; i < 3; i += 1) await made.clock.tick();
  const [first, , third, again] = made.clock.asked;
  assert.ok(third > first * 1.9, `${made.clock.asked}`);
  assert.ok(again <= 500, `${made.clock.asked}`);
});

test("waking sends at once", async () => {
  const made = await filled(outbox([{ status: 0 }]), "a");
  await made.box.wake();
  assert.deepEqual(made.sent, ["a", "a"]);
});

test("what is refused stays, says why, and holds up nobody", async () => {
  const answer = { status: 422, code: "unknown_class", detail: "Expected classes 0 to 3." };
  const { sent, box } = await filled(outbox([answer]), "a", "b");
  assert.deepEqual(sent, ["a", "b"]);
  assert.deepEqual(box.refused.map((entry) => entry.refused), ["Expected classes 0 to 3."]);
  await box.dropRefused();
  assert.equal(box.refused.length, 0);
});

test("a superseded submit is over for us: the server has kept it", async () => {
  const made = outbox([{ status: 409, code: "lease_superseded" }]);
  const told = [];
  made.box.addEventListener("superseded", ({ detail }) => told.push(detail.entry.name));
  await filled(made, "a");
  assert.deepEqual(told, ["a"]);
  assert.equal((await made.table.all()).length, 0);
});

test("what a lost page has left is sent by the next one, in its order", async () => {
  const lost = await filled(outbox([{ status: 0 }]), "a", "b");
  const next = outbox([], lost.table);
  await next.box.load();
  await next.box.drain();
  assert.deepEqual(next.sent, ["a", "b"]);
  assert.equal((await lost.table.all()).length, 0);
});

test("another person's entries are left alone", async () => {
  const mine = await filled(outbox([{ status: 0 }]), "a");
  const other = outbox([], mine.table, "somebody else");
  await other.box.load();
  await other.box.drain();
  assert.deepEqual(other.sent, []);
});

test("only what was never tried can be withdrawn", async () => {
  const { box, sent, clock } = await filled(outbox([{ status: 0 }]), "a", "b");
  assert.equal(await box.withdraw((entry) => entry.name === "a"), false);
  assert.equal(await box.withdraw((entry) => entry.name === "b"), true);
  await clock.tick();
  assert.deepEqual(sent, ["a", "a"]);
});
