import assert from "node:assert/strict";
import { test } from "node:test";

import { AHEAD, Queue } from "../../server/static/annotate/queue.js";

/** A server that holds regions for us in rank order; `asked` are the counts it was asked for. */
function server(total) {
  const asked = [];
  const settled = new Set();
  const lease = async (count) => {
    asked.push(count);
    const open = [...Array(total).keys()].filter((id) => !settled.has(id));
    const items = open.slice(0, count).map((id) => ({ id: `l${id}`, epoch: 1, region_id: id }));
    return { items, reason: items.length ? null : "queue_empty" };
  };
  return { api: { lease }, asked, settled };
}

function queue(of, unsent = []) {
  const prepare = (lease) => ({ lease, ready: Promise.resolve(null) });
  return new Queue(of.api, prepare, () => unsent);
}

test("two regions wait beside the one in work", async () => {
  const of = server(9);
  const made = queue(of);
  await made.fill(0);
  assert.equal(made.take().lease.region_id, 0);
  await made.fill(1);
  assert.deepEqual(made.leases.map((lease) => lease.region_id), [1, 2]);
  assert.deepEqual(of.asked, [1 + AHEAD]);
});

test("what is on its way to the server is asked for on top", async () => {
  const of = server(9);
  const sent = [{ lease: { id: "l0", epoch: 1 } }];
  const made = queue(of, sent);
  await made.fill(0);
  assert.deepEqual(of.asked, [2 + AHEAD]);
  assert.deepEqual(made.leases.map((lease) => lease.region_id), [1, 2, 3]);
});

test("what arrives while the answer is on its way is not shown again", async () => {
  const of = server(9);
  const sent = [{ lease: { id: "l0", epoch: 1 } }];
  const made = queue(of, sent);
  const filling = made.fill(0);
  sent.pop();
  await filling;
  assert.deepEqual(made.leases.map((lease) => lease.region_id), [1, 2, 3]);
});

test("an answer that left before our submit shows nothing twice", async () => {
  const of = server(9);
  const made = queue(of);
  await made.fill(0);
  const done = made.take();
  made.settle(done.lease);
  await made.fill(0);
  assert.ok(!made.leases.some((lease) => lease.region_id === 0));
});

test("asking twice at once asks once", async () => {
  const of = server(9);
  const made = queue(of);
  await Promise.all([made.fill(0), made.fill(0)]);
  assert.equal(of.asked.length, 1);
});

test("a region that is put aside comes first", async () => {
  const of = server(9);
  const made = queue(of);
  await made.fill(0);
  const aside = made.take();
  made.putFirst(aside);
  assert.equal(made.take(), aside);
});

test("an empty queue knows why", async () => {
  const made = queue(server(0));
  await made.fill(0);
  assert.deepEqual([made.isEmpty, made.reason], [true, "queue_empty"]);
});

test("only regions without a drawing are given back", async () => {
  const made = queue(server(9));
  await made.fill(0);
  const drawn = made.take();
  drawn.hasDraft = true;
  made.putFirst(drawn);
  assert.ok(!made.untouched.includes(drawn.lease));
});
