import assert from "node:assert/strict";
import { test } from "node:test";

import { explain } from "../../server/static/annotate/idle.js";

const of = (state, regions = { open: 0, leased: 0 }) => ({ cycle: { state, regions } });
const title = (reason, progress) => explain(reason, progress)[0];

test("each reason for an empty queue has words of its own", () => {
  const told = [
    title("offline", null),
    title("signed_out", null),
    title("no_open_cycle", { cycle: null }),
    title("no_open_cycle", of("training")),
    title("no_open_cycle", of("failed")),
    title("queue_empty", of("labelling")),
    title("all_leased", of("labelling", { open: 2, leased: 2 })),
    title("all_leased", of("labelling", { open: 2, leased: 1 })),
  ];
  assert.equal(new Set(told).size, told.length);
});

test("each stage of a cycle is told", () => {
  const stages = ["training", "evaluating", "scoring", "selecting"];
  const told = stages.map((state) => explain("no_open_cycle", of(state))[1]);
  assert.equal(new Set(told).size, stages.length);
});

test("a closed cycle is done, whatever the queue says", () => {
  assert.equal(title("no_open_cycle", of("closed")), "All done");
});
