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
    select("Keys", titles(), now.keymap, (value) => set("keymap", value)),
    select("Colours of the page", THEMES, now.theme, (value) => set("theme", value)),
    select("Pixels without a class", UNSET, now.unset, (value) => set("unset", value)),
    checkbox("Fill mode: a class key fills and submits", now.autoAdvance, (value) => set("autoAdvance", value)),
    checkbox("Patterns for every class, not only like colours", now.patterns, (value) => set("patterns", value)),
  );
  return show("settings-dialog");
}

function titles() {
  return Object.fromEntries(Object.entries(KEYMAPS).map(([name, { title }]) => [name, title]));
}

function select(label, options, value, onChange) {
  const choices = Object.entries(options).map(([name, text]) =>
    element("option", { value: name, selected: name === value }, text),
  );
  const field = element("select", {}, ...choices);
  field.onchange = () => onChange(field.value);
  return element("label", { className: "field" }, element("span", {}, label), field);
}

function checkbox(label, checked, onChange) {
  const field = element("input", { type: "checkbox", checked });
  field.onchange = () => onChange(field.checked);
  return element("label", { className: "switch" }, field, element("span", {}, label));
}
