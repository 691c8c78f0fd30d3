// The dialog of settings: a field for each, applied and kept as soon as it changes.

import { byId, element } from "./dom.js";
import { keepSettings } from "./settings.js";

const FIELDS = [
  { name: "keymap", label: "Keys", options: { default: "Tessera", "label-studio": "Label Studio", cvat: "CVAT" } },
  { name: "autoAdvance", label: "Fill mode: one key fills and submits" },
  { name: "opacity", label: "Opacity of the label", min: 0.1, max: 1, step: 0.05 },
  { name: "patterns", label: "Patterns beside colours" },
  {
    name: "unset",
    label: "Pixels without a class",
    options: { ask: "Ask each time", keep: "Leave unasked", suggestion: "Fill with the suggestion", void: "Make void" },
  },
];

export function fillSettings(settings, editor) {
  byId("settings-fields").replaceChildren(
    ...FIELDS.map((field) => {
      const input = inputFor(field, settings[field.name]);
      input.id = `setting-${field.name}`;
      input.oninput = () => {
        settings[field.name] = valueOf(input);
        keepSettings(settings);
        editor.configure?.(settings);
      };
      const label = element("label", { htmlFor: input.id }, field.label);
      return element("p", { className: "field" }, label, input);
    }),
  );
}

function inputFor({ options, min, max, step }, value) {
  if (options) {
    const choices = Object.entries(options).map(([key, text]) => element("option", { value: key, selected: key === value }, text));
    return element("select", {}, ...choices);
  }
  if (min !== undefined) return element("input", { type: "range", min, max, step, value });
  return element("input", { type: "checkbox", checked: value });
}

function valueOf(input) {
  if (input.type === "checkbox") return input.checked;
  return input.type === "range" ? Number(input.value) : input.value;
}
