// Which part hears which, and what follows.

import { isAsking } from "./dialogs.js";
import { byId, say } from "./dom.js";
import { settles } from "./entries.js";
import { whyAsked } from "./figures.js";
import { showHelp } from "./help.js";
import { leaveBehind } from "./parting.js";
import { watchProgress } from "./progress.js";
import { keepSettings } from "./settings.js";
import { showSettings } from "./settings_dialog.js";
import { action } from "./status.js";

/** Tie the parts of main.js together. */
export function tie(parts, classes) {
  hearEditor(parts);
  hearOutbox(parts);
  hearLabelling(parts, classes);
  hearPage(parts);
}

function hearEditor({ editor, desk, labelling, renewal, settings }) {
  const on = (name, act) => editor.addEventListener(name, act);
  // A question that is open is answered first.
  const ask = (name, act) => on(name, () => isAsking() || act());
  ask("submit", () => labelling.submit());
  ask("skip", () => labelling.skip());
  ask("back", () => labelling.back());
  ask("note", () => labelling.note());
  ask("help", () => showHelp(editor));
  on("change", () => desk.changed());
  on("activity", () => (desk.activity(), renewal.activity()));
  on("settings", () => keepSettings(Object.assign(settings, editor.preferences)));
}

function hearOutbox({ outbox, status, drafts, connection, api }) {
  const progress = watchProgress(api);
  const on = (name, act) => outbox.addEventListener(name, ({ detail }) => act(detail));
  on("change", () => status.set({ waiting: outbox.waiting.length, refused: outbox.refused.length }));
  on("done", ({ entry }) => {
    connection.worked();
    if (settles(entry)) drafts.drop(entry.lease.region_id);
    progress();
  });
  on("superseded", ({ entry }) => {
    connection.worked();
    drafts.drop(entry.lease.region_id);
    status.notice(superseded(entry), { kind: "warn", lasting: true });
  });
  on("refused", ({ entry }) => {
    const actions = [action("Discard", () => outbox.dropRefused())];
    status.notice(`The server does not take this ${entry.what}: ${entry.refused}`, { kind: "bad", actions });
  });
  on("again", ({ answer }) => connection.failed(answer));
  on("signed_out", ({ answer }) => connection.failed(answer));
  connection.addEventListener("back", () => outbox.wake());
}

function superseded({ what }) {
  if (what === "label") {
    return "Somebody else had been given this region meanwhile. Your drawing is kept on the server as a draft.";
  }
  return `Somebody else had been given this region meanwhile, so your ${what} was not needed.`;
}

function hearLabelling({ labelling, desk, idle, status, connection }, classes) {
  const nameOf = (value) => classes.find((each) => each.value === value)?.name ?? `class ${value}`;
  desk.addEventListener("shown", ({ detail: { lease, reopened, reviewing } }) => {
    idle.stop();
    byId("work").dataset.region = lease.region_id;
    const why = whyAsked(lease, nameOf);
    const whose = reviewing ? "A label to draw anew" : "Your label of before";
    say("why", reopened ? `${whose}: submit changes it, skip leaves it. ${why}` : why);
    status.tell(why);
    afterPaint(measure);
  });
  desk.addEventListener("unsaved", () => {
    status.notice("This browser could not keep a draft; submit before you leave.", { kind: "warn" });
  });
  labelling.addEventListener("idle", ({ detail: reason }) => idle.show(reason));
  connection.addEventListener("back", () => (labelling.current ? labelling.refill() : labelling.next()));
}

function afterPaint(act) {
  requestAnimationFrame(() => setTimeout(act));
}

/** From the submit to the frame that shows the next region, for whoever watches the clock. */
function measure() {
  const [mark] = performance.getEntriesByName("tessera:submit", "mark");
  if (!mark) return;
  performance.clearMeasures("tessera:next");
  performance.measure("tessera:next", { start: mark.startTime });
  performance.clearMarks("tessera:submit");
}

function hearPage(parts) {
  const { labelling, desk, renewal, editor, settings } = parts;
  // A click leaves the focus with the region, so that the next Enter is a submit.
  byId("page-buttons").addEventListener("mousedown", (event) => event.preventDefault());
  byId("open-help").onclick = () => showHelp(editor);
  byId("open-settings").onclick = () => showSettings(settings, editor);
  byId("open-note").onclick = () => labelling.note();
  byId("empty-back").onclick = () => labelling.back();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return desk.pause();
    renewal.activity();
    return renewal.renew();
  });
  addEventListener("pagehide", () => leaveBehind(parts));
  // A page that comes back from the browser's memory has given its leases away.
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
}
