import assert from "node:assert/strict";
import { test } from "node:test";

import { COMMANDS } from "../../server/static/annotate/commands.js";
import { KEYMAPS } from "../../server/static/annotate/keymaps.js";
import { bind, caption, chordOf, commandFor, keyOf, helpOf } from "../../server/static/annotate/keys.js";

const classes = (count) => Array.from({ length: count }, (_, value) => ({ value, name: `class ${value}`, colour: "#123456" }));
const event = (code, modifiers = {}) => ({ code, key: modifiers.key ?? code, ...modifiers });

for (const name of Object.keys(KEYMAPS)) {
  test(`${name}: with few or many classes every command keeps a key, and no key has two meanings`, () => {
    for (const count of [2, 11, 19, 24]) {
      const bound = bind(name, classes(count));
      const missing = Object.keys(COMMANDS).filter((command) => !bound.chords.has(command));
      assert.deepEqual(missing, []);
      const chords = [...bound.chords.values()].flat();
      assert.equal(new Set(chords).size, chords.length);
    }
  });

  test(`${name}: names commands that exist`, () => {
    assert.deepEqual(Object.keys(KEYMAPS[name].commands).filter((command) => !(command in COMMANDS)), []);
  });
}

test("digits give the first ten classes, letters the next ones", () => {
  const bound = bind("default", classes(12));
  assert.equal(commandFor(bound, event("Digit1")), "class:0");
  assert.equal(commandFor(bound, event("Numpad3")), "class:2");
  assert.equal(commandFor(bound, event("Digit0")), "class:9");
  assert.equal(commandFor(bound, event("KeyQ")), "class:10");
});

test("keys are places: Caps Lock and other layouts change nothing", () => {
  const bound = bind("default", classes(3));
  assert.equal(commandFor(bound, event("KeyZ", { key: "Y", ctrlKey: true })), "undo");
  assert.equal(commandFor(bound, event("KeyB", { key: "И" })), "brush");
  assert.equal(chordOf(event("KeyZ", { metaKey: true, shiftKey: true })), "Ctrl+Shift+KeyZ");
});

test("help is where the question mark is typed", () => {
  const bound = bind("default", classes(3));
  assert.equal(commandFor(bound, event("Minus", { key: "?", shiftKey: true })), "help");
});

test("a class's own key goes before tools, which move to Shift", () => {
  const own = [{ value: 0, name: "building", key: "b" }, { value: 1, name: "other", key: null }];
  const bound = bind("default", own);
  assert.equal(commandFor(bound, event("KeyB")), "class:0");
  assert.equal(commandFor(bound, event("KeyB", { shiftKey: true })), "brush");
  assert.equal(keyOf(bound, "brush"), "Shift B");
  assert.equal(commandFor(bound, event("Digit1")), "class:1");
});

test("a class that asks for a digit pushes the others on", () => {
  const bound = bind("default", [{ value: 0, name: "a" }, { value: 1, name: "b", key: "1" }]);
  assert.equal(commandFor(bound, event("Digit1")), "class:1");
  assert.equal(commandFor(bound, event("Digit2")), "class:0");
});

test("keys are captioned as they are labelled on the keyboard in use", () => {
  assert.equal(caption("Ctrl+Shift+KeyZ"), "Ctrl Shift Z");
  assert.equal(caption("KeyZ", new Map([["KeyZ", "y"]])), "Y");
  assert.equal(caption("BracketLeft"), "[");
  assert.equal(caption("?"), "?");
});

test("the help sheet tells every command and every class with its keys", () => {
  const bound = bind("cvat", classes(2));
  const rows = helpOf(bound, classes(2)).flatMap(({ rows }) => rows);
  assert.equal(rows.filter(({ keys }) => keys.length === 0).length, 0);
  assert.deepEqual(rows.find(({ text }) => text === "class 1").keys, ["Ctrl 2", "2"]);
  for (const { text } of Object.values(COMMANDS)) assert.ok(rows.some((row) => row.text === text));
});
