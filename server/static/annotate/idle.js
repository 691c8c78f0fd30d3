// The page without a region: it says why, and looks for work until there is some. The project's
// events tell when to look; a clock does so where they cannot.

import { byId, say } from "./dom.js";
import { pauseMs } from "./backoff.js";

const SOONEST_MS = 800;
const STAGES = {
  training: "The model is training on the labels so far.",
  evaluating: "The new model is being measured.",
  scoring: "The new model looks for what it is unsure about.",
  selecting: "The next regions are being chosen.",
};
const SAID = {
  offline: [
    "No connection",
    "The next region comes with the network. What you have labelled is kept here and goes out by itself.",
  ],
  signed_out: ["You are signed out", "Sign in in a new tab; this page then goes on by itself."],
  leased: [
    "Others have the last ones",
    "Every region that is still open is being labelled by somebody. If one comes back, it appears here.",
  ],
  skipped: [
    "The rest is for others",
    "You have skipped the regions that are still open; somebody else will label them.",
  ],
  done: ["All done", "This cycle has all its labels. Thank you."],
  failed: [
    "The cycle has stopped",
    "Something went wrong on the machine's side; an admin can see what, and start it again.",
  ],
  none: ["Nothing to label yet", "No cycle is running. An admin starts one, and its regions appear here."],
};

/** Title and text for an empty queue. `progress` is the project's, or null when it is unknown. */
export function explain(reason, progress) {
  const cycle = progress?.cycle;
  if (reason === "offline" || reason === "signed_out") return SAID[reason];
  if (reason === "all_leased") return heldByOthers(cycle) ? SAID.leased : SAID.skipped;
  if (cycle?.state in STAGES) return ["The model is at work", STAGES[cycle.state]];
  if (reason === "queue_empty" || cycle?.state === "closed") return SAID.done;
  return cycle?.state === "failed" ? SAID.failed : SAID.none;
}

function heldByOthers(cycle) {
  return !cycle || cycle.regions.leased === cycle.regions.open;
}

export class Idle {
  #api;
  #look;
  #events = null;
  #timer = null;
  #attempt = 0;

  /** `look()` tries to lease; it calls `stop` when it has found something. */
  constructor(api, look) {
    this.#api = api;
    this.#look = look;
  }

  /** Say why there is nothing, and wait for something. */
  async show(reason) {
    this.#events ??= this.#listen();
    this.#again(pauseMs((this.#attempt += 1)) + SOONEST_MS);
    const progress = await this.#api.progress().catch(() => null);
    if (!this.#events) return; // stopped meanwhile
    const [title, text] = explain(reason, progress);
    say("empty-title", title);
    say("empty-text", text);
    byId("empty-progress").hidden = !(progress?.cycle?.state in STAGES);
    byId("work").hidden = true;
    delete byId("work").dataset.region;
    byId("empty").hidden = false;
  }

  stop() {
    byId("empty").hidden = true;
    byId("work").hidden = false;
    this.#events?.close();
    this.#events = null;
    clearTimeout(this.#timer);
    this.#attempt = 0;
  }

  #listen() {
    const events = this.#api.events();
    const soon = () => this.#again(SOONEST_MS * (0.5 + Math.random()));
    events.addEventListener("cycle", soon);
    events.addEventListener("region", soon);
    events.addEventListener("job", ({ data }) => this.#advance(JSON.parse(data)));
    return events;
  }

  #advance({ progress }) {
    if (!progress?.steps) return;
    byId("empty-progress").hidden = false;
    byId("empty-progress").max = progress.steps;
    byId("empty-progress").value = progress.step ?? 0;
  }

  #again(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), ms);
  }
}
