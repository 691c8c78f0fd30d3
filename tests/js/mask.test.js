import assert from "node:assert/strict";
import { test } from "node:test";

import { Mask, Origin, UNSET, VOID, cut } from "../../server/static/annotate/mask.js";

test("every pixel of a new mask is unset and of no origin", () => {
  const mask = new Mask(3, 2);
  assert.deepEqual([...mask.classes], Array(6).fill(UNSET));
  assert.deepEqual([...mask.origins], Array(6).fill(Origin.none));
});

test("drawing tells what was drawn from what was accepted and then changed", () => {
  const mask = new Mask(4, 1);
  for (const index of [0, 1, 2]) mask.accept(index, 5);
  mask.draw(1, 6);
  mask.draw(2, 5);
  mask.draw(3, VOID);
  assert.deepEqual([...mask.origins], [Origin.accepted, Origin.edited, Origin.accepted, Origin.drawn]);
});

test("an edited pixel stays edited, and one without a class has no origin", () => {
  const mask = new Mask(2, 1);
  for (const index of [0, 1]) mask.accept(index, 5);
  for (const value of [6, 5]) mask.draw(0, value);
  mask.draw(1, UNSET);
  assert.deepEqual([...mask.origins], [Origin.edited, Origin.none]);
});

test("what the suggestion leaves open is not accepted", () => {
  const mask = new Mask(1, 1);
  mask.accept(0, UNSET);
  assert.equal(mask.origins[0], Origin.none);
});

test("a mask without origins counts as drawn where it has classes", () => {
  const mask = Mask.from({ width: 2, height: 1, classes: Uint8Array.of(1, UNSET) });
  assert.deepEqual([...mask.origins], [Origin.drawn, Origin.none]);
});

test("a mask of another size is refused with both sizes", () => {
  const given = { width: 2, height: 2, classes: new Uint8Array(3) };
  assert.throws(() => Mask.from(given), /Expected 4 pixels \(2x2\), given 3/);
});

test("a patch goes where it was cut, and its reverse undoes that", () => {
  const mask = Mask.from({ width: 3, height: 3, classes: Uint8Array.from({ length: 9 }, (_, i) => i) });
  const patch = cut(mask, { left: 1, top: 1, width: 2, height: 2 });
  assert.deepEqual([...patch.classes], [4, 5, 7, 8]);
  for (const index of [4, 8]) mask.draw(index, 0);
  const reverse = mask.apply(patch);
  assert.deepEqual([...mask.classes], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  mask.apply(reverse);
  assert.deepEqual([...mask.classes], [0, 1, 2, 3, 0, 5, 6, 7, 0]);
});
