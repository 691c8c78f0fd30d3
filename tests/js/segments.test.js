import assert from "node:assert/strict";
import { test } from "node:test";

import { components, holes } from "../../server/static/annotate/components.js";
import { UNSET } from "../../server/static/annotate/mask.js";
import { Segments } from "../../server/static/annotate/segments.js";
import { Dice } from "./random.js";

test("every pixel is in exactly the segment that has its number", () => {
  const dice = new Dice(1);
  for (let round = 0; round < 20; round += 1) {
    const [width, height] = [dice.int(1, 12), dice.int(1, 12)];
    const ids = Uint16Array.from({ length: width * height }, () => dice.pick([0, 2, 3, 900]));
    const segments = new Segments({ width, height }, ids);
    const all = segments.numbers().flatMap((id) => [...segments.pixels(id)]);
    assert.deepEqual(all.sort((one, other) => one - other), [...ids.keys()]);
    for (const id of segments.numbers()) for (const index of segments.pixels(id)) assert.equal(ids[index], id);
    assert.equal(segments.count, new Set(ids).size);
  }
});

test("a segment's box is the tightest one", () => {
  const segments = new Segments({ width: 4, height: 3 }, Uint16Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0));
  assert.deepEqual(segments.box(1), { left: 1, top: 1, width: 2, height: 2 });
});

test("arrows lead to the segment on that side, and nowhere at the edge", () => {
  const ids = Uint16Array.of(0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3);
  const segments = new Segments({ width: 4, height: 4 }, ids);
  assert.equal(segments.towards(0, 1, 0), 1);
  assert.equal(segments.towards(0, 0, 1), 2);
  assert.equal(segments.towards(3, -1, 0), 2);
  assert.equal(segments.towards(0, -1, 0), 0);
});

test("segment numbers of another size are refused", () => {
  assert.throws(() => new Segments({ width: 2, height: 2 }, new Uint16Array(3)), /Expected 4 segment/);
});

test("components join neighbours of one value and nothing else", () => {
  const ids = components({ width: 4, height: 2 }, Uint8Array.of(7, 7, 8, 7, 8, 7, 8, 8));
  assert.deepEqual([...ids], [0, 0, 1, 2, 3, 0, 1, 1]);
});

test("a hole takes the class that most of its edge has; what touches the region's edge is none", () => {
  const [u, a, b] = [UNSET, 4, 9];
  const classes = Uint8Array.from([a, a, a, a, u, a, u, b, u, u, a, u, b, a, u, a, a, a, a, u].flat());
  const found = holes({ width: 5, height: 4 }, classes);
  assert.deepEqual(found.map(({ indices, value }) => [[...indices].sort(), value]), [[[11, 6], a]]);
});

test("of two classes with the same share of the edge the smaller one fills", () => {
  const [u, a, b] = [UNSET, 4, 2];
  const [hole] = holes({ width: 3, height: 3 }, Uint8Array.of(0, a, 0, a, u, b, 0, b, 0));
  assert.equal(hole.value, b);
});
