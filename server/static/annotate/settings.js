// What a person prefers, kept in this browser.

import { KEYMAPS } from "./keymaps.js";

const KEY = "tessera.settings";

// Dark or as the system likes it, and what becomes of pixels without a class at a submit; all others
// are the editor's own preferences.
const DEFAULTS = { theme: "dark", unset: "ask" };

/** The kept settings; what is missing is as by default. */
export function readSettings(place = localStorage) {
  try {
    const { keymap, ...kept } = JSON.parse(place.getItem(KEY) ?? "{}");
    return { ...DEFAULTS, ...kept, keymap: keymap in KEYMAPS ? keymap : "default" };
  } catch {
    return { ...DEFAULTS, keymap: "default" };
  }
}

export function keepSettings(settings, place = localStorage) {
  try {
    place.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing forgets them with the page.
  }
}

/** Show the page as the settings say. */
export function applyTheme({ theme }) {
  document.documentElement.dataset.theme = theme;
  document.querySelector("meta[name=color-scheme]").content = theme === "dark" ? "dark" : "dark light";
}
