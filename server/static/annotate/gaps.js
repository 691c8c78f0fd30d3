// Pixels that a person has left without a class, and what may become of them.

import { askUnset } from "./dialogs.js";
import { keepSettings } from "./settings.js";

export const VOID = 255;
export const NOT_ASKED = 254;
const ACCEPTED = 1;
const DRAWN = 3;

/** The result as it is to be sent, once the person has said what unset pixels become; null to go on. */
export async function complete(result, suggestion, settings) {
  if (!result.unset) return result;
  const { unset } = settings;
  if (unset !== "ask" && (unset !== "suggestion" || suggestion)) return filled(result, unset, suggestion);
  const answer = await askUnset(result.unset, result.classes.length, Boolean(suggestion));
  if (answer?.always) keepSettings(Object.assign(settings, { unset: answer.choice }));
  return answer && filled(result, answer.choice, suggestion);
}

/** The result with its unset pixels left, void, or as suggested. */
export function filled(result, choice, suggestion) {
  if (choice === "keep") return result;
  const classes = result.classes.slice();
  const origins = result.origins.slice();
  for (let i = 0; i < classes.length; i += 1) {
    if (classes[i] !== NOT_ASKED) continue;
    classes[i] = choice === "void" ? VOID : suggestion[i];
    origins[i] = choice === "void" ? DRAWN : ACCEPTED;
  }
  return { classes, origins, unset: 0 };
}

/** Classes, then how each came about, as one body. */
export function packed({ classes, origins }) {
  const body = new Uint8Array(classes.length * 2);
  body.set(classes);
  body.set(origins, classes.length);
  return body;
}
