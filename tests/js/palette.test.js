import assert from "node:assert/strict";
import { test } from "node:test";

import { compose } from "../../server/static/annotate/compose.js";
import { UNSET, VOID } from "../../server/static/annotate/mask.js";
import { distance, PATTERNS, patternsOf, rgbOf } from "../../server/static/annotate/palette.js";
import { packed, sheetOf } from "../../server/static/annotate/sheets.js";
import { Viewport } from "../../server/static/annotate/viewport.js";
import { Dice } from "./random.js";

test("a colour is read exactly, and nothing else is taken for one", () => {
  assert.deepEqual(rgbOf("#0080fF"), [0, 128, 255]);
  for (const other of ["red", "#fff", "#12345g", ""]) assert.throws(() => rgbOf(other), /Expected a colour/);
});

test("red and green of one brightness are far apart, but not for everybody", () => {
  const [red, green, blue] = ["#c04040", "#708030", "#2040c0"].map(rgbOf);
  assert.ok(distance(red, green) < 0.13);
  assert.ok(distance(red, blue) > 0.13);
  assert.equal(distance(red, red), 0);
});

test("classes that look alike to somebody never share a pattern", () => {
  const dice = new Dice(5);
  for (let round = 0; round < 30; round += 1) {
    const colours = Array.from({ length: PATTERNS.length }, () => [...dice.bytes(3, 256)]);
    const patterns = patternsOf(colours);
    colours.forEach((one, i) => colours.slice(0, i).forEach((other, j) => {
      if (distance(one, other) < 0.13) assert.notEqual(patterns[i], patterns[j]);
    }));
    assert.equal(new Set(patternsOf(colours, "always")).size, PATTERNS.length);
  }
});

const PLACE = { left: 3, top: 2, scale: 10, unit: 1 };

function composed(classes, { suggestion = null, confidence = null } = {}) {
  const sheet = sheetOf([{ value: 0, colour: "#ff0000", pattern: 0 }, { value: 1, colour: "#00ff00", pattern: 0 }], 0.5);
  const dots = new Uint32Array(40 * 30);
  const layers = { width: 2, height: 1, classes, suggestion, confidence, segments: null, hovered: -1, sheet };
  compose(dots, 40, { left: 0, top: 0, width: 40, height: 30 }, PLACE, layers);
  return (x, y) => dots[y * 40 + x];
}

test("a labelled pixel shows its colour in its square, and nothing is drawn outside", () => {
  const at = composed(Uint8Array.of(0, 1));
  assert.equal(at(4, 6), packed([255, 0, 0], 128));
  assert.equal(at(22, 11), packed([0, 255, 0], 128));
  for (const [x, y] of [[2, 5], [23, 5], [5, 1], [5, 12]]) assert.equal(at(x, y), 0);
});

test("a border runs between two classes, and none within one", () => {
  assert.notEqual(composed(Uint8Array.of(0, 1))(13, 6), packed([0, 255, 0], 128));
  assert.equal(composed(Uint8Array.of(0, 0))(13, 6), packed([255, 0, 0], 128));
});

test("what is unset is hatched, whether something is suggested or not", () => {
  for (const suggestion of [null, Uint8Array.of(1, 1)]) {
    const at = composed(Uint8Array.of(UNSET, UNSET), { suggestion });
    const seen = new Set(Array.from({ length: 9 }, (_, x) => at(3 + x, 6)));
    assert.ok(seen.size >= 2);
  }
});

test("void looks like no class", () => {
  const at = composed(Uint8Array.of(VOID, 0));
  assert.notEqual(at(5, 6) & 0xffffff, at(16, 6) & 0xffffff);
});

test("sure pixels are clear in the layer of doubt", () => {
  const at = composed(Uint8Array.of(0, 0), { confidence: Uint8Array.of(255, 0) });
  assert.equal(at(5, 6) >>> 24, 0);
  assert.ok(at(16, 6) >>> 24 > 200);
});

test("zooming keeps the point under the pointer, and there and back is where it was", () => {
  const dice = new Dice(6);
  const view = new Viewport({ left: 100, top: 50, width: 400, height: 300 });
  view.resize(1000, 700);
  view.fit({ left: 250, top: 150, width: 60, height: 60 });
  for (let round = 0; round < 50; round += 1) {
    const dot = { x: dice.int(300, 700), y: dice.int(200, 500) };
    const before = view.toImage(dot);
    view.zoom(1.2, dot);
    const after = view.toImage(dot);
    assert.ok(Math.hypot(before.x - after.x, before.y - after.y) < 1e-6);
    const back = view.toScreen(before);
    assert.ok(Math.hypot(back.x - dot.x, back.y - dot.y) < 1e-6);
    view.zoom(1 / 1.2, dot);
  }
});

test("a fitted region lies in the middle and inside the screen", () => {
  const view = new Viewport({ left: 0, top: 0, width: 2048, height: 1024 });
  view.resize(1000, 700);
  const box = { left: 900, top: 400, width: 256, height: 128 };
  view.fit(box);
  const { left, top, width, height } = view.boxToScreen(box);
  assert.ok(Math.abs(left + width / 2 - 500) < 1e-6 && Math.abs(top + height / 2 - 350) < 1e-6);
  assert.ok(width <= 1000 && height <= 700);
});
