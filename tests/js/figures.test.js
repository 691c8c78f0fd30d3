import assert from "node:assert/strict";
import { test } from "node:test";

import { cycleLeft, leftOfHour, seconds, whyAsked } from "../../server/static/annotate/figures.js";

const names = ["road", "pavement"];
const lease = {
  rank: 11,
  of: 353,
  score: 0.8312,
  source: "score",
  suggestion_url: "/s",
  top_classes: [
    { value: 0, share: 0.54 },
    { value: 1, share: 0.381 },
  ],
};
const why = (changes) => whyAsked({ ...lease, ...changes }, (value) => names[value]);

test("a region says its rank, its score and what the model takes it for", () => {
  assert.equal(
    why({}),
    "Region 12 of 353 · score 0.831 · the model wavers between road 54 % and pavement 38 %",
  );
});

test("a region that was sent back says why", () => {
  assert.match(why({ rejection: "a car" }), /sent it back: a car$/);
});

test("a region of a cold start has no model to speak of", () => {
  const told = why({ source: "random", score: null, suggestion_url: null, top_classes: [] });
  assert.equal(told, "Region 12 of 353 · drawn at random");
});

test("a control region says so", () => {
  assert.match(why({ source: "random", score: null }), /control: drawn at random/);
});

test("a withheld suggestion is told and not shown", () => {
  assert.match(why({ suggestion_url: null, top_classes: [] }), /asked without a suggestion/);
});

test("what is left of a cycle is what is still open", () => {
  assert.deepEqual(cycleLeft({ regions: { total: 8, open: 2 } }), { left: 2, share: 0.75 });
});

test("what fits into the rest of the hour follows the pace", () => {
  assert.equal(leftOfHour(10, new Date(2026, 0, 1, 14, 50, 0)), 60);
  assert.equal(leftOfHour(null, new Date()), null);
});

test("seconds are told as people say them", () => {
  assert.deepEqual([4.21, 48.2, 150].map(seconds), ["4.2 s", "48 s", "2.5 min"]);
});
