// Reads what the page was given, builds the parts and ties them together.

import { Api } from "./api.js";
import { Connection } from "./connection.js";
import { isAsking, show } from "./dialogs.js";
import { byId, say } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Earlier } from "./earlier.js";
import { Editor } from "./editor.js";
import { settles } from "./entries.js";
import { showProgress, whyAsked } from "./figures.js";
import { fillHelp } from "./help.js";
import { Idle } from "./idle.js";
import { prepare } from "./item.js";
import { Labelling } from "./labelling.js";
import { Outbox } from "./outbox.js";
import { leaveBehind, takeUp } from "./parting.js";
import { Queue } from "./queue.js";
import { Renewal } from "./renewal.js";
import { claimSession } from "./session.js";
import { readSettings } from "./settings.js";
import { fillSettings } from "./settings_dialog.js";
import { Status } from "./status.js";
import { openTables } from "./store.js";

const PROGRESS_MS = 30_000;
const PROGRESS_SOONEST_MS = 2_000;

const { project, user, classes } = JSON.parse(document.body.dataset.facts);
const owner = `${user.id}:${project.id}`;

async function start() {
  const status = new Status();
  const tables = await openTables();
  status.set({ lasting: tables.lasting });
  const drafts = new Drafts(tables.drafts, owner);
  await drafts.prune();
  const session = await claimSession(await sessionsOf(drafts));
  const api = new Api(project.id, session);
  const parts = assemble({ status, tables, drafts, session, api });
  await parts.outbox.load();
  await takeUp(api);
  parts.outbox.drain();
  await parts.work.next();
}

/** Tabs that drafts come from, newest first: one of them may have crashed. */
async function sessionsOf(drafts) {
  const kept = (await drafts.all()).sort((one, other) => other.saved_at - one.saved_at);
  return [...new Set(kept.map((draft) => draft.session))];
}

function assemble({ status, tables, drafts, session, api }) {
  const settings = readSettings();
  const editor = new Editor(byId("editor"), { classes, keymap: settings.keymap, settings });
  const outbox = new Outbox(tables.outbox, (entry) => api.send(entry), owner);
  const unsent = () => outbox.waiting.filter(settles);
  const queue = new Queue(api, (lease) => prepare(api, drafts, lease), unsent);
  const connection = new Connection(api, status, user.id);
  const earlier = new Earlier({ api, outbox, drafts, status });
  const work = new Labelling({ api, editor, queue, outbox, drafts, earlier, connection, settings, status, session });
  const idle = new Idle(api, () => work.next());
  const renewal = new Renewal(api, () => work.leases, (lease) => work.lost(lease));
  const parts = { api, editor, outbox, queue, connection, work, idle, renewal, status, drafts, settings };
  listenToEditor(parts);
  listenToOutbox(parts);
  listenToWork(parts);
  listenToPage(parts);
  fillHelp(editor, classes);
  fillSettings(settings, editor);
  return parts;
}

function listenToEditor({ editor, work, renewal }) {
  const on = (name, act) => editor.addEventListener(name, () => isAsking() || act());
  on("change", () => work.changed());
  on("submit", () => work.submit());
  on("skip", () => work.skip());
  on("back", () => work.back());
  on("note", () => work.note());
  on("help", () => show("help-dialog"));
  on("activity", () => (work.activity(), renewal.activity()));
}

function listenToOutbox({ outbox, status, drafts, connection, api }) {
  const progress = progressOf(api);
  outbox.addEventListener("change", () => status.set({ waiting: outbox.waiting.length }));
  outbox.addEventListener("done", async ({ detail: { entry } }) => {
    connection.worked();
    if (settles(entry)) await drafts.drop(entry.lease.region_id);
    progress();
  });
  outbox.addEventListener("superseded", async ({ detail: { entry } }) => {
    connection.worked();
    await drafts.drop(entry.lease.region_id);
    status.notice(superseded(entry), { kind: "warn", lasting: true });
  });
  outbox.addEventListener("refused", ({ detail: { entry } }) => {
    const actions = [["Discard it", () => outbox.dropRefused()]];
    status.notice(`The server does not take this ${entry.what}: ${entry.refused}`, { kind: "bad", actions });
  });
  for (const name of ["again", "signed_out"]) {
    outbox.addEventListener(name, ({ detail: { answer } }) => connection.failed(answer));
  }
  connection.addEventListener("back", () => outbox.wake());
}

function superseded({ what }) {
  if (what === "label") return "Somebody else had been given this region meanwhile. Your drawing is kept on the server as a draft.";
  return `Somebody else had been given this region meanwhile; your ${what} was not needed any more.`;
}

function listenToWork({ work, idle, status, connection }) {
  const nameOf = (value) => classes.find((each) => each.value === value)?.name ?? `class ${value}`;
  work.addEventListener("shown", ({ detail: { lease, reopened } }) => {
    idle.stop();
    const why = whyAsked(lease, nameOf);
    say("why", reopened ? `An earlier label of yours: submit to change it, skip to leave it. ${why}` : why);
    status.tell(why);
    afterPaint(measure);
  });
  work.addEventListener("idle", ({ detail: reason }) => idle.show(reason));
  connection.addEventListener("back", () => (work.current ? work.refill() : work.next()));
}

/** From the submit to the frame that shows the next region, for whoever watches the clock. */
function measure() {
  const [mark] = performance.getEntriesByName("tessera:submit", "mark");
  if (!mark) return;
  performance.measure("tessera:next", { start: mark.startTime });
  performance.clearMarks("tessera:submit");
}

function afterPaint(work) {
  requestAnimationFrame(() => setTimeout(work));
}

/** Asks for the figures now and then; in vain without a network. */
function progressOf(api) {
  let asked = 0;
  const ask = () => {
    if (document.hidden || Date.now() - asked < PROGRESS_SOONEST_MS) return;
    asked = Date.now();
    api.progress().then((found) => showProgress(found), () => {});
  };
  setInterval(ask, PROGRESS_MS);
  ask();
  return ask;
}

function listenToPage(parts) {
  const { work, renewal } = parts;
  byId("open-help").onclick = () => show("help-dialog");
  byId("open-settings").onclick = () => show("settings-dialog");
  byId("open-note").onclick = () => work.note();
  byId("empty-back").onclick = () => work.back();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return work.pause();
    renewal.activity();
    return renewal.renew();
  });
  addEventListener("pagehide", () => leaveBehind(parts));
  // A page that comes back from the browser's memory has given its leases away.
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
}

start().catch((error) => new Status().notice(`The page could not start: ${error.message}`, { kind: "bad", lasting: true }));
