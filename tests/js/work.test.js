import assert from "node:assert/strict";
import { test } from "node:test";

import { Hand } from "../../server/static/annotate/hand.js";
import { Origin, UNSET, VOID } from "../../server/static/annotate/mask.js";
import { TOOLS } from "../../server/static/annotate/tools/index.js";
import { Work } from "../../server/static/annotate/work.js";
import { Dice } from "./random.js";

const SIZE = { width: 8, height: 6 };
const SUGGESTION = Uint8Array.from({ length: 48 }, (_, i) => (i % 8 < 4 ? 0 : 1));
const SUPERPIXELS = Uint16Array.from({ length: 48 }, (_, i) => Math.floor(i / 8) * 4 + Math.floor((i % 8) / 2));

function table(options = {}) {
  const work = new Work({ ...SIZE, suggestion: SUGGESTION, segments: SUPERPIXELS, ...options });
  const hand = new Hand();
  const tool = (name) => new TOOLS[name](work, hand);
  return { work, hand, tool };
}

function click(tool, x, y, options) {
  tool.press({ x: x + 0.5, y: y + 0.5 }, options);
  tool.release();
}

const at = (work, x, y) => [work.mask.classes[y * 8 + x], work.mask.origins[y * 8 + x]];

test("accepting fills what is unset and leaves what was drawn, unless all is wanted", () => {
  const { work } = table();
  work.fill([0], 7);
  work.accept();
  assert.deepEqual(at(work, 0, 0), [7, Origin.drawn]);
  assert.deepEqual(at(work, 5, 0), [1, Origin.accepted]);
  work.accept({ all: true });
  assert.deepEqual(at(work, 0, 0), [0, Origin.accepted]);
});

test("a click in segments mode gives an area of the suggestion, or a superpixel, its class", () => {
  const { work, hand, tool } = table();
  hand.value = 5;
  click(tool("segment"), 1, 1);
  assert.equal(work.mask.counts[5], 24);
  hand.fine = true;
  hand.value = 6;
  click(tool("segment"), 6, 0);
  assert.deepEqual([...work.mask.classes.subarray(0, 8)], [5, 5, 5, 5, UNSET, UNSET, 6, 6]);
  click(tool("segment"), 6, 0, { erase: true });
  assert.deepEqual(at(work, 6, 0), [UNSET, Origin.none]);
});

test("dragging over segments skips none, however far apart the points are, and is one stroke", () => {
  const { work, hand, tool } = table();
  Object.assign(hand, { fine: true, value: 3 });
  const segment = tool("segment");
  segment.press({ x: 0.4, y: 2.2 });
  segment.drag({ x: 7.7, y: 2.9 });
  segment.release();
  assert.equal(work.mask.counts[3], 8);
  work.undo();
  assert.equal(work.mask.counts[UNSET], 48);
});

test("flood fills a suggested area while it is unset, then whatever has one class", () => {
  const { work, hand, tool } = table();
  hand.value = 4;
  click(tool("flood"), 6, 3);
  assert.equal(work.mask.counts[4], 24);
  hand.value = 2;
  click(tool("flood"), 7, 0);
  assert.equal(work.mask.counts[2], 24);
});

test("picking takes the label, else the suggestion, else nothing", () => {
  const { work, hand, tool } = table();
  work.fill([0], VOID);
  for (const [x, wanted] of [[0, VOID], [6, 1], [-3, 1]]) {
    click(tool("pick"), x, 0);
    assert.equal(hand.value, wanted);
  }
});

test("a polygon closes at its first corner, when pressed twice in a place, or when told to", () => {
  const closings = [(tool) => click(tool, 0, 0, { reach: 1 }), (tool) => click(tool, 0, 4, { reach: 1 }), (tool) => tool.finish()];
  for (const close of closings) {
    const { work, hand, tool } = table();
    hand.value = 9;
    const polygon = tool("polygon");
    for (const [x, y] of [[0, 0], [4, 0], [4, 4], [0, 4]]) click(polygon, x, y);
    close(polygon);
    assert.equal(polygon.isOpen, false);
    assert.equal(work.mask.counts[9], 16);
  }
});

test("a polygon under way gives its corners back one by one and leaves no trace when cancelled", () => {
  const { work, tool } = table();
  const polygon = tool("polygon");
  for (const [x, y] of [[0, 0], [4, 0], [4, 4]]) click(polygon, x, y);
  click(polygon, 1, 1, { erase: true });
  assert.equal(polygon.points.length, 2);
  polygon.cancel();
  assert.equal(work.mask.counts[UNSET], 48);
  assert.equal(work.undo(), false);
});

test("a draft in the middle of a stroke keeps it, and undo takes it back after a reload", () => {
  const { work, hand, tool } = table();
  Object.assign(hand, { value: 2, size: 2 });
  work.fillAll(1);
  const brush = tool("brush");
  brush.press({ x: 1, y: 1 });
  brush.drag({ x: 6, y: 1 });
  const later = new Work({ ...SIZE, suggestion: SUGGESTION, start: structuredClone(work.draft()) });
  assert.deepEqual(later.result(), work.result());
  assert.ok(later.mask.counts[2] > 0);
  later.undo();
  assert.equal(later.mask.counts[1], 48);
  later.undo();
  assert.equal(later.mask.counts[UNSET], 48);
});

test("any sequence of tools can be undone to the start and done again to the end", () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const dice = new Dice(seed);
    const { work, hand, tool } = table();
    const states = [work.result()];
    for (let step = 0; step < 25; step += 1) {
      if (change({ work, hand, tool }, dice)) states.push(work.result());
    }
    for (const state of states.slice(0, -1).reverse()) {
      work.undo();
      assert.deepEqual(work.result(), state);
    }
    for (const state of states.slice(1)) {
      work.redo();
      assert.deepEqual(work.result(), state);
    }
  }
});

/** Do something by chance; whether the mask is another one. */
function change({ work, hand, tool }, dice) {
  const before = work.result();
  Object.assign(hand, {
    value: dice.pick([0, 1, 2, VOID]), size: dice.int(1, 6), protect: dice.next() < 0.3, fine: dice.next() < 0.5,
  });
  const name = dice.pick([...Object.keys(TOOLS), "accept", "holes"]);
  if (name === "accept") work.accept({ all: dice.next() < 0.5 });
  else if (name === "holes") work.fillHoles();
  else use(tool(name), dice);
  return JSON.stringify(work.result()) !== JSON.stringify(before);
}

function use(tool, dice) {
  tool.press(dice.point(SIZE), { erase: dice.next() < 0.2 });
  for (let i = 0; i < 4; i += 1) tool.drag(dice.point(SIZE));
  if (dice.next() < 0.1) tool.cancel();
  else tool.release();
  tool.finish?.();
}

test("every pixel keeps one class and an origin that fits it, whatever is done", () => {
  const dice = new Dice(99);
  const { work, hand, tool } = table();
  for (let step = 0; step < 300; step += 1) change({ work, hand, tool }, dice);
  const { classes, origins, unset } = work.result();
  assert.equal(unset, classes.filter((value) => value === UNSET).length);
  classes.forEach((value, index) => assert.equal(value === UNSET, origins[index] === Origin.none));
});
