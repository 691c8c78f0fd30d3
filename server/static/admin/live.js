// Keeps the page true: the server's events move the bars at once, and its parts are asked for anew.
import { show } from "./stage.js";

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
  // What happened between the page and the stream, or while the stream was away, is in neither.
  for (const name of ["open", "cycle", "region"]) events.addEventListener(name, soon);
  window.addEventListener("pagehide", () => events.close());
}

// Many regions may be labelled in a second: they are shown together.
function soon() {
  waiting ??= setTimeout(() => {
    waiting = undefined;
    refresh();
  }, GATHER_MS);
}

// Each part, as the server would draw the page now. What somebody types in stays.
export async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected || answer.status === 404) return location.reload();
  if (!answer.ok) return undefined;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const found = fresh.getElementById(part.id);
    if (found && !part.contains(document.activeElement?.closest("input, select, textarea"))) {
      part.replaceWith(document.adoptNode(found));
    }
  }
  heard.dispatchEvent(new Event("refresh"));
  return undefined;
}
