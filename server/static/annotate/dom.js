// Small helpers for the page's own elements. Text is always text: nothing is parsed as HTML.

export const byId = (id) => document.getElementById(id);

/** An element with properties and children; strings become text nodes. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** Show exactly this text, touching the page only when it differs. */
export function say(id, text) {
  const place = byId(id);
  if (place.textContent !== text) place.textContent = text;
}
