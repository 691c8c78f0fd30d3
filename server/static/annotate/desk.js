// The one region that is being worked on: shown in the editor, with its draft and its clock.

import { Throttle } from "./drafts.js";
import { Effort } from "./effort.js";
import { dispose } from "./item.js";

export class Desk extends EventTarget {
  #editor;
  #drafts;
  #session;
  #saving = new Throttle(() => this.#save());

  /** `drafts` keep what is drawn; `session` names this tab in them. */
  constructor({ editor, drafts, session }) {
    super();
    this.#editor = editor;
    this.#drafts = drafts;
    this.#session = session;
    this.current = null;
  }

  /** Put an item on the empty desk, as far as its draft goes; whether that was possible. */
  async show(item) {
    const assets = await item.ready.catch(() => null);
    if (!assets) return false;
    const { draft, ...layers } = assets;
    item.effort = new Effort(undefined, draft?.effort);
    if (document.hidden) item.effort.pause();
    item.changed = Boolean(draft);
    this.current = item;
    this.#editor.open({ box: item.lease.box, ...layers, segments: null, start: draft?.state ?? null });
    item.segments.then((found) => found && this.current === item && this.#editor.setSegments(found), () => {});
    this.dispatchEvent(new CustomEvent("shown", { detail: item }));
    return true;
  }

  /** The region is done with: nothing of it is shown any more. */
  clear() {
    const item = this.current;
    this.#saving.flush();
    this.current = null;
    dispose(item);
  }

  /** Take the region away as it is, to come back to; it keeps what was drawn in this sitting. */
  putAside() {
    const item = this.current;
    this.#saving.flush();
    item.effort.pause();
    const draft = item.changed ? { state: this.#editor.draft(), effort: this.effort } : null;
    item.ready = item.ready.then((assets) => ({ ...assets, draft }));
    item.hasDraft = item.changed;
    this.current = null;
    return item;
  }

  /** A stroke, a key: the draft follows. */
  changed() {
    if (!this.current) return;
    this.current.changed = true;
    this.#saving.call();
  }

  activity() {
    this.current?.effort.activity();
  }

  /** The tab goes out of sight: the clock stops, and the draft is written. */
  pause() {
    this.current?.effort.pause();
    this.#saving.flush();
  }

  /** What the region has taken until now. */
  get effort() {
    return this.current.effort.total(this.#editor.counts);
  }

  #save() {
    if (!this.current) return;
    const { lease, reopened } = this.current;
    const kept = { state: this.#editor.draft(), effort: this.effort, session: this.#session, reopened };
    this.#drafts.save(lease, kept).catch(() => this.dispatchEvent(new Event("unsaved")));
  }
}
