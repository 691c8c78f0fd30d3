// The dialog of settings: a field for each, applied and kept as soon as it changes.

import { show } from "./dialogs.js";
import { byId, element } from "./dom.js";
import { KEYMAPS } from "./keymaps.js";
import { applyTheme, keepSettings } from "./settings.js";

const UNSET = {
  ask: "Ask each time",
  keep: "Leave unasked",
  suggestion: "Fill with the suggestion",
  void: "Make void",
};
const THEMES = { dark: "Dark", system: "As the system has it" };

/** Open the dialog on what is set now; `settings` follow each change. */
export function showSettings(settings, editor) {
  const now = { ...settings, ...editor.preferences };
  const set = (name, value) => {
    if (name in editor.preferences) editor.configure({ [name]: value });
    keepSettings(Object.assign(settings, editor.preferences, { [name]: value }));
    applyTheme(settings);
  };
  byId("settings-fields").replaceChildren(
    select("keymap", "Keys", titles()),
    select("theme", "Colours of the page", THEMES),
    select("unset", "Pixels without a class", UNSET),
    checkbox("autoAdvance", "Fill mode: a class key fills and submits"),
    checkbox("patterns", "Patterns for every class, not only like colours"),
  );
  for (const field of byId("settings-fields").querySelectorAll("select, input")) {
    const checked = field.type === "checkbox" ? "checked" : "value";
    field[checked] = now[field.name];
    field.onchange = () => set(field.name, field[checked]);
  }
  return show("settings-dialog");
}

function titles() {
  return Object.fromEntries(Object.entries(KEYMAPS).map(([name, { title }]) => [name, title]));
}

function select(name, label, options) {
  const choices = Object.entries(options).map(([value, text]) => element("option", { value }, text));
  return element("label", { className: "field" }, element("span", {}, label), element("select", { name }, ...choices));
}

function checkbox(name, label) {
  const field = element("input", { type: "checkbox", name });
  return element("label", { className: "switch" }, field, element("span", {}, label));
}
