import assert from "node:assert/strict";
import { test } from "node:test";

import { answer, doubt, gain } from "../../server/static/admin/outlook.js";
import { details } from "../../server/static/admin/stage.js";
import { span } from "../../server/static/admin/words.js";

const ceiling = { low: 0.4, median: 0.5, high: 0.7 };
const told = {
  state: "estimate", target: 0.45, against: "hours", cycles: 4, least_cycles: 3, probability: 0.9,
  budget: { low: 1.5, median: 2, high: 4 }, ceiling,
};

test("an estimate is a budget with an interval", () => {
  assert.equal(answer(told), "About 2 h 00 min of work in all.");
  assert.equal(doubt(told), "Between 1 h 30 min of work and 4 h 00 min of work. "
    + "The curve tends to 50 % (40 % to 70 %).");
});

test("too early says how many cycles there are", () => {
  const early = { ...told, state: "too_early", cycles: 2, budget: null, ceiling: null };
  assert.match(answer(early), /2 of at least 3/);
  assert.equal(doubt(early), "");
});

test("an open end is told as at least", () => {
  const open = { ...told, state: "unlikely", budget: { low: 1, median: null, high: null } };
  assert.match(doubt(open), /^At least 1 h 00 min/);
});

test("the last gain has its price", () => {
  const last = { miou: 0.031, active_s: 3600, clicks: 1200, miou_per_hour: 0.031 };
  assert.equal(gain(last), "The last cycle gained 3.1 points for 1 h 00 min and 1\u202f200 clicks: 3.1 points per hour.");
  assert.equal(gain(null), "");
});

test("a stage tells its step, its rest, its losses and its pseudo-labels", () => {
  const progress = { step: 3, steps: 9, eta_s: 70, losses: { supervised: 1.23456 }, pseudo_share: 0.4 };
  assert.equal(details(progress), "3 of 9 · 1 min left · supervised 1.235 · pseudo-labels 40 %");
  assert.equal(span(59), "59 s");
});
