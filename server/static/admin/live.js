// Keeps the page true: the server's events move the bars at once, and its parts are asked for anew.
import { show, showShards } from "./stage.js";

const GATHER_MS = 700;
const heard = new EventTarget();
let waiting;

// Whoever draws from figures hears when a part was renewed.
export function onRefresh(action) {
  heard.addEventListener("refresh", action);
}

export function follow(project) {
  const events = new EventSource(`/api/v1/projects/${project}/events`);
  events.addEventListener("job", ({ data }) => {
    const told = JSON.parse(data);
    const known = show(told);
    if (!known || told.finished_at) soon();
  });
  events.addEventListener("stage", ({ data }) => {
    const told = JSON.parse(data);
    if (!showShards(told) || told.state !== "running") soon();
  });
  // What happened between the page and the stream, or while the stream was away, is in neither.
  for (const name of ["open", "cycle", "region", "review"]) events.addEventListener(name, soon);
  window.addEventListener("pagehide", () => events.close());
}

// Many regions may be labelled in a second: they are shown together.
function soon() {
  waiting ??= setTimeout(() => {
    waiting = undefined;
    refresh();
  }, GATHER_MS);
}

// Whether somebody is in a field of it, or has changed one and not sent it yet.
function inUse(part) {
  if (part.contains(document.activeElement?.closest("input, select, textarea"))) return true;
  return [...part.querySelectorAll("input, select, textarea")].some(isChanged);
}

function isChanged(field) {
  if (field.options) {
    // Where no option is marked, the first one stands there.
    const marked = [...field.options].findIndex((each) => each.defaultSelected);
    return field.selectedIndex !== Math.max(marked, 0);
  }
  // How strongly a layer covers is nothing that is sent.
  if (field.type === "range") return false;
  if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
  return field.type !== "file" && field.value !== field.defaultValue;
}

// A part that says what it shows stays while that is so: somebody may be looking closely at it.
function same(part, found) {
  return part.dataset.shown !== undefined && part.dataset.shown === found.dataset.shown;
}

// Each part, as the server would draw the page now. What somebody types in stays.
export async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected || answer.status === 404) return location.reload();
  if (!answer.ok) return undefined;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const found = fresh.getElementById(part.id);
    if (found && !inUse(part) && !same(part, found)) part.replaceWith(document.adoptNode(found));
  }
  heard.dispatchEvent(new Event("refresh"));
  return undefined;
}
