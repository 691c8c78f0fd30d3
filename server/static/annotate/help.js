// The help sheet, made from the key map in use, so that it can never tell another story.

import { show } from "./dialogs.js";
import { byId, element, say } from "./dom.js";
import { KEYMAPS } from "./keymaps.js";

/** Open the sheet of this editor's keys. */
export function showHelp(editor) {
  say("help-keymap", KEYMAPS[editor.preferences.keymap].title);
  byId("help-tables").replaceChildren(...editor.sheet().map(table));
  return show("help-dialog");
}

function table({ title, rows }) {
  const lines = rows.map(({ keys, text }) =>
    element("tr", {}, element("td", {}, text), element("td", {}, ...keys.map(keycap))),
  );
  return element("table", {}, element("caption", {}, title), element("tbody", {}, ...lines));
}

function keycap(key) {
  return element("kbd", {}, key);
}
