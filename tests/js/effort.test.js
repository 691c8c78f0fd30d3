import assert from "node:assert/strict";
import { test } from "node:test";

import { Effort, IDLE_MS } from "../../server/static/annotate/effort.js";

function started(spent) {
  const clock = { ms: 0 };
  return { clock, effort: new Effort(() => clock.ms, spent) };
}

test("time between signs of activity counts", () => {
  const { clock, effort } = started();
  clock.ms = 10_000;
  effort.activity();
  clock.ms = 15_000;
  assert.equal(effort.activeMs, 15_000);
});

test("of a long pause only its first half minute counts", () => {
  const { clock, effort } = started();
  clock.ms = 10 * IDLE_MS;
  effort.activity();
  clock.ms += 1_000;
  assert.equal(effort.activeMs, IDLE_MS + 1_000);
});

test("a hidden tab counts nothing until the next activity", () => {
  const { clock, effort } = started();
  clock.ms = 2_000;
  effort.pause();
  clock.ms = 20_000;
  assert.equal(effort.activeMs, 2_000);
  effort.activity();
  clock.ms = 21_000;
  assert.equal(effort.activeMs, 3_000);
});

test("a draft's effort goes on where it stopped", () => {
  const { clock, effort } = started({ active_ms: 5_000, clicks: 2, strokes: 1, keys: 3 });
  clock.ms = 1_000;
  assert.deepEqual(effort.total({ clicks: 1, strokes: 0, keys: 4 }), {
    active_ms: 6_000,
    clicks: 3,
    strokes: 1,
    keys: 7,
  });
});
