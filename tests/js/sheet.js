// The key sheet of docs/annotating.md, from the page's own tables: `node tests/js/sheet.js`.

import { COMMANDS, POINTING } from "../../server/static/annotate/commands.js";
import { bind, caption } from "../../server/static/annotate/keys.js";
import { KEYMAPS } from "../../server/static/annotate/keymaps.js";

const presets = Object.keys(KEYMAPS).map((name) => bind(name, []));
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("`", "backtick");
const keys = ({ chords }, name) =>
  [...new Set((chords.get(name) ?? []).map((chord) => caption(chord)))].map(cell).join(", ");

const lines = ["| does | Tessera | like CVAT | like Label Studio |", "| --- | --- | --- | --- |"];
for (const [name, { text }] of Object.entries(COMMANDS)) {
  lines.push(`| ${cell(text)} | ${presets.map((preset) => keys(preset, name)).join(" | ")} |`);
}
const classes = presets.map(({ keymap }) =>
  keymap.classes.map((chords) => caption([chords].flat()[0])).join(" "),
);
lines.push(`| the classes in their order | ${classes.join(" | ")} |`);
lines.push("", "| with the mouse, a pen or fingers | |", "| --- | --- |");
for (const [what, text] of POINTING) lines.push(`| ${cell([what].flat().join(", "))} | ${cell(text)} |`);
console.log(lines.join("\n"));
