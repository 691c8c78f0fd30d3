import assert from "node:assert/strict";
import { test } from "node:test";

import { History } from "../../server/static/annotate/history.js";
import { Mask, UNSET } from "../../server/static/annotate/mask.js";
import { Stroke } from "../../server/static/annotate/stroke.js";
import { Dice } from "./random.js";

function snapshot(mask) {
  return [[...mask.classes], [...mask.origins]];
}

function stroke(mask, history, dice) {
  const drawn = new Stroke(mask, { protect: dice.next() < 0.3 });
  for (let part = 0; part < 4; part += 1) {
    const indices = Array.from({ length: dice.int(0, 9) }, () => dice.int(0, mask.size));
    drawn.draw(indices, dice.pick([0, 1, 2, 255, UNSET]));
  }
  if (dice.next() < 0.3) drawn.accept([...mask.classes.keys()], dice.bytes(mask.size, 3));
  const reversal = drawn.reversal();
  if (reversal) history.push(reversal);
  return Boolean(reversal);
}

test("undo goes back through every state, redo forward again", () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const dice = new Dice(seed);
    const mask = new Mask(dice.int(1, 9), dice.int(1, 9));
    const history = new History();
    const states = [snapshot(mask)];
    for (let i = 0; i < 20; i += 1) if (stroke(mask, history, dice)) states.push(snapshot(mask));
    for (const state of states.slice(0, -1).reverse()) {
      history.undo(mask);
      assert.deepEqual(snapshot(mask), state);
    }
    assert.equal(history.undo(mask), null);
    for (const state of states.slice(1)) {
      history.redo(mask);
      assert.deepEqual(snapshot(mask), state);
    }
    assert.equal(history.redo(mask), null);
  }
});

test("a stroke that is cancelled leaves no trace", () => {
  const dice = new Dice(7);
  const mask = Mask.from({ width: 6, height: 5, classes: dice.bytes(30, 4) });
  const before = snapshot(mask);
  const drawn = new Stroke(mask);
  drawn.draw([0, 7, 29], 9);
  drawn.cancel();
  assert.deepEqual(snapshot(mask), before);
});

test("a new stroke forgets what was undone", () => {
  const mask = new Mask(2, 1);
  const history = new History();
  for (const index of [0, 1]) {
    const drawn = new Stroke(mask);
    drawn.draw([index], 3);
    history.push(drawn.reversal());
    if (index === 0) history.undo(mask);
  }
  assert.equal(history.canRedo, false);
});

test("the oldest strokes go when the memory is used up, the last one never", () => {
  const mask = new Mask(10, 10);
  const history = new History({}, 450); // two whole masks of 200 bytes
  for (let value = 0; value < 5; value += 1) {
    const drawn = new Stroke(mask);
    drawn.draw([...mask.classes.keys()], value);
    history.push(drawn.reversal());
  }
  assert.equal(history.state().undo.length, 2);
  assert.equal(history.state(null, 1).undo.length, 1);
});

test("a draft's history goes on where it was", () => {
  const mask = new Mask(3, 1);
  const history = new History();
  const drawn = new Stroke(mask);
  drawn.draw([1], 4);
  const later = new History(structuredClone(history.state(drawn.reversal())));
  later.undo(mask);
  assert.deepEqual([...mask.classes], [UNSET, UNSET, UNSET]);
});

test("protected pixels keep their class, but can be erased", () => {
  const mask = Mask.from({ width: 3, height: 1, classes: Uint8Array.of(1, UNSET, 2) });
  new Stroke(mask, { protect: true }).draw([0, 1], 5);
  assert.deepEqual([...mask.classes], [1, 5, 2]);
  new Stroke(mask, { protect: true }).draw([2], UNSET);
  assert.deepEqual([...mask.classes], [1, 5, UNSET]);
});
