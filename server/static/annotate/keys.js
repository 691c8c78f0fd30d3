// From a key map and a project's classes to what each key does, and to the help sheet.

import { COMMANDS, POINTING } from "./commands.js";
import { KEYMAPS } from "./keymaps.js";

const NAMES = {
  BracketLeft: "[",
  BracketRight: "]",
  Backquote: "`",
  Equal: "+",
  Minus: "−",
  Escape: "Esc",
  NumpadEnter: "Enter",
  NumpadAdd: "+",
  NumpadSubtract: "−",
  ArrowLeft: "←",
  Backspace: "⌫",
  Delete: "Del",
};

/** The chord of a keyboard event: modifiers and the physical key; the number pad counts as digits. */
export function chordOf(event) {
  const modifiers = [
    (event.ctrlKey || event.metaKey) && "Ctrl",
    event.altKey && "Alt",
    event.shiftKey && "Shift",
  ];
  return [...modifiers.filter(Boolean), event.code.replace(/^Numpad(?=\d$)/, "Digit")].join("+");
}

/**
 * What each chord does: `actions` maps chords to commands (`class:VALUE` for a class), `chords` the
 * other way round. A class's own key goes before everything; a command that lost all of its keys
 * to classes is found with Shift or Alt.
 */
export function bind(keymapName, classes) {
  const keymap = KEYMAPS[keymapName];
  const bound = { actions: new Map(), chords: new Map(), keymap };
  bindClasses(bound, keymap.classes, classes);
  for (const [command, chords] of Object.entries(keymap.commands)) {
    for (const chord of chords) add(bound, chord, command);
  }
  for (const [command, [first]] of Object.entries(keymap.commands)) {
    if (bound.chords.has(command)) continue;
    const spare = ["Shift+", "Alt+", "Alt+Shift+"].map((modifier) => modifier + first);
    add(bound, spare.find((chord) => !bound.actions.has(chord)), command);
  }
  return bound;
}

/** The command of a keyboard event; undefined when the key means nothing here. */
export function commandFor({ actions }, event) {
  const character = event.ctrlKey || event.metaKey || event.altKey ? undefined : event.key;
  return actions.get(chordOf(event)) ?? actions.get(character);
}

/** The first chord of a command as people read it; "" without one. */
export function keyOf({ chords }, command, layout) {
  const [first] = chords.get(command) ?? [];
  return first ? caption(first, layout) : "";
}

/** A chord as people read it; `layout` maps codes to characters where the browser tells it. */
export function caption(chord, layout = new Map()) {
  const parts = chord.length === 1 ? [chord] : chord.split("+");
  const code = parts.pop();
  const typed = /^(Key|Digit|Bracket|Backquote)/.test(code) && layout.get(code);
  const name = typed || NAMES[code] || code.replace(/^(Key|Digit)/, "");
  return [...parts, name.length === 1 ? name.toUpperCase() : name].join(" ");
}

/** The help sheet: `[{title, rows: [{keys, text}]}]`. */
export function helpOf(bound, classes, layout) {
  const captions = (command) =>
    [...new Set((bound.chords.get(command) ?? []).map((chord) => caption(chord, layout)))];
  const titles = new Set(Object.values(COMMANDS).map(({ group }) => group));
  const commandsOf = (title) => Object.entries(COMMANDS).filter(([, { group }]) => group === title);
  const sheet = [...titles].map((title) => ({
    title,
    rows: commandsOf(title).map(([name, { text }]) => ({ keys: captions(name), text })),
  }));
  const named = classes.map(({ value, name }) => ({ keys: captions(`class:${value}`), text: name }));
  sheet.find(({ title }) => title === "Classes").rows.unshift(...named);
  sheet.push({ title: "Mouse and touch", rows: POINTING.map(([keys, text]) => ({ keys, text })) });
  return sheet;
}

function bindClasses(bound, keys, classes) {
  for (const { value, key } of classes) if (key) add(bound, chordOfCharacter(key), `class:${value}`);
  const isFree = (chords) => !chords.some((chord) => bound.actions.has(chord));
  const free = keys.map((chords) => [chords].flat()).filter(isFree);
  for (const { value, key } of classes) {
    if (!key) for (const chord of free.shift() ?? []) add(bound, chord, `class:${value}`);
  }
}

/** Where a character is typed; other characters than Latin letters and digits stand for themselves. */
function chordOfCharacter(character) {
  if (/[a-z]/.test(character)) return `Key${character.toUpperCase()}`;
  if (/[A-Z]/.test(character)) return `Shift+Key${character}`;
  return /\d/.test(character) ? `Digit${character}` : character;
}

function add({ actions, chords }, chord, command) {
  if (!chord || actions.has(chord)) return;
  actions.set(chord, command);
  chords.set(command, [...(chords.get(command) ?? []), chord]);
}
