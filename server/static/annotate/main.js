// Reads what the page was given, builds the parts and sets them to work.

import { Api } from "./api.js";
import { Connection } from "./connection.js";
import { Desk } from "./desk.js";
import { byId } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Earlier } from "./earlier.js";
import { Editor } from "./editor.js";
import { settles } from "./entries.js";
import { Idle } from "./idle.js";
import { prepare } from "./item.js";
import { Labelling } from "./labelling.js";
import { Outbox } from "./outbox.js";
import { takeUp } from "./parting.js";
import { Queue } from "./queue.js";
import { Renewal } from "./renewal.js";
import { OneRegion, returnTo } from "./review.js";
import { claimSession } from "./session.js";
import { applyTheme, readSettings } from "./settings.js";
import { Status } from "./status.js";
import { openTables } from "./store.js";
import { tie } from "./wiring.js";

const { project, user, classes, region } = JSON.parse(document.body.dataset.facts);
const status = new Status();
// A region of somebody else's: left as it is, it stays as it was.
const REVIEW = region ? { reopened: true, reviewing: true } : {};

async function start() {
  const tables = await openTables();
  status.set({ lasting: tables.lasting });
  const drafts = new Drafts(tables.drafts, owner());
  await drafts.prune();
  const session = await claimSession(await drafts.sessions());
  const api = new Api(project.id, session);
  const parts = assemble({ api, drafts, session, table: tables.outbox });
  tie(parts, classes);
  await parts.outbox.load();
  await takeUp(api);
  parts.outbox.drain();
  await (region ? parts.labelling.next() : parts.labelling.resume());
}

/** Whose work of which project lies in the browser's database. */
function owner() {
  return `${user.id}:${project.id}`;
}

function assemble({ api, drafts, session, table }) {
  const settings = readSettings();
  applyTheme(settings);
  const editor = new Editor(byId("editor"), { classes, keymap: settings.keymap, settings });
  const desk = new Desk({ editor, drafts, session });
  const outbox = new Outbox(table, (entry) => api.send(entry), owner());
  const unsent = () => outbox.waiting.filter(settles);
  const source = region ? new OneRegion(api, region) : api;
  const item = (lease) => Object.assign(prepare(api, drafts, lease), REVIEW);
  const queue = new Queue(source, item, unsent);
  const connection = new Connection(api, status, user.id);
  const earlier = new Earlier({ api, outbox, drafts, status, session });
  const labelling = new Labelling({ editor, desk, queue, outbox, earlier, connection, settings, status });
  const idle = new Idle(api, () => labelling.next());
  const renewal = new Renewal(api, () => labelling.leases, (lease) => labelling.lost(lease));
  if (region) returnTo(`/projects/${project.id}/review`, source, { outbox, labelling });
  return { api, drafts, settings, editor, desk, outbox, queue, connection, labelling, idle, renewal, status };
}

start().catch((error) => {
  status.notice(`The page could not start: ${error.message}`, { kind: "bad", lasting: true });
});
