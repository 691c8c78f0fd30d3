// What a person prefers, kept in this browser.

const KEY = "tessera.settings";

export const DEFAULTS = {
  keymap: "default",
  autoAdvance: false,
  opacity: 0.6,
  patterns: false,
  unset: "ask",
};

/** The kept settings; what is missing or makes no sense is as by default. */
export function readSettings(place = localStorage) {
  try {
    const kept = JSON.parse(place.getItem(KEY) ?? "{}");
    const known = Object.entries(kept).filter(([name, value]) => fits(name, value));
    return { ...DEFAULTS, ...Object.fromEntries(known) };
  } catch {
    return { ...DEFAULTS };
  }
}

export function keepSettings(settings, place = localStorage) {
  try {
    place.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing forgets them with the page.
  }
}

function fits(name, value) {
  return name in DEFAULTS && typeof value === typeof DEFAULTS[name];
}
