// The questions that the page asks. Each opens a dialog of the page and resolves to the answer,
// or to null when the person goes back to the region. Digits choose.

import { byId, element } from "./dom.js";

export const SKIP_REASONS = [
  "Too blurred to tell",
  "Too dark or too bright",
  "Broken image",
  "A class is missing from the list",
  "I cannot tell the classes apart",
];

/** Why this region is left to others. */
export async function askSkip() {
  const text = byId("skip-text");
  text.value = "";
  const answer = await choose("skip-dialog", "skip-reasons", SKIP_REASONS.map((each) => [each, each]));
  if (answer === "text") return text.value.trim() || null;
  return answer;
}

const UNSET = {
  keep: "Leave them unasked",
  suggestion: "Fill them with the suggestion",
  void: "Make them void",
};

/** What becomes of pixels without a class: {choice: keep | suggestion | void, always}. */
export async function askUnset(unset, total, hasSuggestion) {
  byId("unset-title").textContent = `${unset} of ${total} pixels have no class`;
  byId("unset-text").textContent = "Unasked pixels teach the model nothing; void ones are said to be none of the classes.";
  byId("unset-always").checked = false;
  const names = Object.keys(UNSET).filter((name) => name !== "suggestion" || hasSuggestion);
  const possible = unset < total ? names : names.filter((name) => name !== "keep");
  const choice = await choose("unset-dialog", "unset-choices", possible.map((name) => [name, UNSET[name]]));
  return choice && { choice, always: byId("unset-always").checked };
}

/** {text, flagged} for the reviewer; `noted` is what this region has already. */
export async function askNote(noted = { text: "", flagged: false }) {
  const [text, flag] = [byId("note-text"), byId("note-flag")];
  text.value = noted.text;
  flag.checked = noted.flagged;
  const answer = await opened(byId("note-dialog"), (event, done) => {
    if (event.code === "Enter" && (event.ctrlKey || event.metaKey)) done("save");
  });
  return answer === "save" ? { text: text.value, flagged: flag.checked } : null;
}

/** Open a dialog that only tells something. */
export function show(id) {
  return opened(byId(id), () => {});
}

/** Whether any question is open: then the editor's keys rest. */
export function isAsking() {
  return document.querySelector("dialog[open]") !== null;
}

/** A dialog with a numbered list of [value, text]; resolves to a value. */
function choose(dialogId, listId, choices) {
  const dialog = byId(dialogId);
  byId(listId).replaceChildren(...choices.map((choice, index) => numbered(choice, index, dialog)));
  return opened(dialog, (event, done) => {
    const index = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    const typing = event.target.tagName === "INPUT" && event.target.type !== "checkbox";
    if (index && !typing && choices[index - 1]) done(choices[index - 1][0]);
  });
}

function numbered([value, text], index, dialog) {
  const button = element("button", { type: "button" }, element("kbd", {}, `${index + 1}`), text);
  button.onclick = () => dialog.close(value);
  return element("li", {}, button);
}

function opened(dialog, onKey) {
  return new Promise((resolve) => {
    const heard = new AbortController();
    const { signal } = heard;
    const done = (value) => {
      dialog.close(value);
      // Until the next frame the focus would stay on what is hidden now, and keys with it.
      if (dialog.contains(document.activeElement)) document.activeElement.blur();
    };
    const key = (event) => {
      event.stopPropagation();
      if (event.code !== "Escape") return onKey(event, done);
      // The browser's own way of closing takes a moment, in which the next key would be lost.
      event.preventDefault();
      return done("cancel");
    };
    dialog.returnValue = "cancel";
    dialog.addEventListener("keydown", key, { signal });
    const back = dialog.querySelector(".cancel");
    back?.addEventListener("click", () => done("cancel"), { signal });
    dialog.addEventListener("close", () => {
      heard.abort();
      resolve(dialog.returnValue === "cancel" ? null : dialog.returnValue);
    }, { signal });
    dialog.showModal();
  });
}
