import assert from "node:assert/strict";
import { test } from "node:test";

import { filled, packed } from "../../server/static/annotate/gaps.js";

const drawn = () => ({
  classes: Uint8Array.of(0, 254, 2, 254),
  origins: Uint8Array.of(3, 0, 1, 0),
  unset: 2,
});

test("left alone, pixels stay unasked", () => {
  assert.deepEqual(filled(drawn(), "keep", null), drawn());
});

test("void is something that a person said", () => {
  const { classes, origins, unset } = filled(drawn(), "void", null);
  assert.deepEqual([[...classes], [...origins], unset], [[0, 255, 2, 255], [3, 3, 1, 3], 0]);
});

test("from the suggestion come only what was unset, as accepted", () => {
  const { classes, origins } = filled(drawn(), "suggestion", Uint8Array.of(5, 6, 7, 8));
  assert.deepEqual([[...classes], [...origins]], [[0, 6, 2, 8], [3, 1, 1, 1]]);
});

test("a body holds the classes and then their origins", () => {
  assert.deepEqual([...packed(drawn())], [0, 254, 2, 254, 3, 0, 1, 0]);
});
