// One person's way through the queue: a region is shown, drawn and submitted, and the next one is
// there. What is done goes to the outbox; what is not done yet is a draft.

import { askNote, askSkip, askUnset } from "./dialogs.js";
import { Throttle } from "./drafts.js";
import { Effort } from "./effort.js";
import { labelEntry, noteEntry, skipEntry } from "./entries.js";
import { filled } from "./gaps.js";
import { dispose } from "./item.js";

export class Labelling extends EventTarget {
  #parts;
  #saving;
  #moving = false;

  /** Parts: editor, queue, outbox, drafts, earlier, connection, settings, status, session. */
  constructor(parts) {
    super();
    this.#parts = parts;
    this.current = null;
    this.#saving = new Throttle(() => this.#saveDraft());
  }

  /** Leases in hand: the one in work and those ahead. */
  get leases() {
    const ahead = this.#parts.queue.leases;
    return this.current ? [this.current.lease, ...ahead] : ahead;
  }

  /** Show the next region, or tell why there is none. */
  async next() {
    const { queue } = this.#parts;
    if (this.#moving || this.current) return;
    this.#moving = true;
    try {
      const item = queue.take() ?? (await this.#fetched());
      if (item) await this.#show(item);
    } finally {
      this.#moving = false;
    }
    if (this.current) this.refill();
    else this.dispatchEvent(new CustomEvent("idle", { detail: this.#why() }));
  }

  /** Lease ahead as far as wanted. */
  async refill() {
    try {
      await this.#parts.queue.fill(this.current ? 1 : 0);
      this.#parts.connection.worked();
    } catch (error) {
      if (!this.#parts.connection.failed(error)) this.#parts.status.notice(error.message, { kind: "bad" });
    }
  }

  async submit() {
    const item = this.current;
    if (!item) return;
    const answer = await this.#complete(item, this.#parts.editor.result());
    if (!answer || this.current !== item) return;
    performance.mark("tessera:submit");
    const entry = labelEntry(item.lease, answer, this.#effort(item));
    this.#leave(item);
    this.#parts.earlier.push(item.lease);
    const kept = this.#parts.outbox.add(entry);
    await this.next();
    await kept;
  }

  /** Leave the region to others with a reason; an earlier label stays as it was. */
  async skip() {
    const item = this.current;
    if (!item) return;
    if (item.reopened) return this.#abandon(item);
    const reason = await askSkip();
    if (!reason || this.current !== item) return;
    this.#leave(item);
    await this.#parts.outbox.add(skipEntry(item.lease, reason));
    await this.next();
  }

  async note() {
    const item = this.current;
    const note = item && (await askNote(item.noted));
    if (!note) return;
    item.noted = note;
    await this.#parts.outbox.add(noteEntry(item.lease, note));
    this.#parts.status.tell("Comment kept");
  }

  /** Go to the label before this one, and change it. */
  async back() {
    if (this.#moving) return;
    this.#moving = true;
    const item = await this.#parts.earlier.back().finally(() => (this.#moving = false));
    if (!item) return;
    const left = this.current;
    if (left) this.#putAside(left);
    await this.#show(item);
  }

  /** Somebody else has this lease now: what was drawn goes to the server, which keeps it. */
  async lost(lease) {
    const { queue, outbox, editor, status } = this.#parts;
    queue.settle(lease);
    const item = this.current;
    if (item?.lease !== lease) return this.refill();
    const entry = item.changed && labelEntry(lease, editor.result(), this.#effort(item));
    this.#leave(item);
    if (entry) await outbox.add(entry);
    else status.notice("This region was given to somebody else meanwhile; here is the next one.");
    await this.next();
  }

  /** A stroke, a key: the draft follows, and the clock runs. */
  changed() {
    if (!this.current) return;
    this.current.changed = true;
    this.#saving.call();
  }

  activity() {
    this.current?.effort.activity();
  }

  /** The tab goes out of sight: the clock stops, and the draft is written. */
  async pause() {
    this.current?.effort.pause();
    await this.#saving.flush();
  }

  async #complete(item, result) {
    const { settings, editor } = this.#parts;
    if (!result.unset) return result;
    const { suggestion } = await item.ready;
    let choice = settings.unset;
    if (choice === "ask" || (choice === "suggestion" && !suggestion)) {
      const answer = await askUnset(result.unset, result.classes.length, Boolean(suggestion));
      editor.focus?.();
      if (!answer) return null;
      choice = answer.choice;
      if (answer.always) settings.unset = choice;
    }
    return filled(result, choice, suggestion);
  }

  async #fetched() {
    await this.refill();
    if (this.#parts.queue.isEmpty) await this.refill();
    return this.#parts.queue.take();
  }

  async #show(item) {
    const assets = await item.ready.catch(() => null);
    if (!assets) return;
    const { editor } = this.#parts;
    const { draft, ...layers } = assets;
    item.effort = new Effort(undefined, draft?.effort);
    if (document.hidden) item.effort.pause();
    item.changed = Boolean(draft);
    this.current = item;
    editor.open({ box: item.lease.box, ...layers, segments: null, start: draft?.state ?? null });
    item.segments.then((found) => found && this.current === item && editor.setSegments(found), () => {});
    this.dispatchEvent(new CustomEvent("shown", { detail: item }));
  }

  #leave(item) {
    this.#saving.flush();
    this.#parts.queue.settle(item.lease);
    this.current = null;
    dispose(item);
  }

  /** Back to the queue's head with it; a reopened label that nobody touched is left as it was. */
  #putAside(item) {
    this.#saving.flush();
    this.current = null;
    item.effort.pause();
    if (item.reopened) return this.#parts.earlier.release(item);
    // What was drawn in this sitting has to be there when the region comes back.
    const draft = { state: this.#parts.editor.draft(), effort: this.#effort(item) };
    item.ready = item.ready.then((assets) => ({ ...assets, draft }));
    item.hasDraft = item.changed;
    this.#parts.queue.putFirst(item);
  }

  async #abandon(item) {
    this.#saving.cancel();
    this.current = null;
    await this.#parts.earlier.release(item);
    await this.next();
  }

  #saveDraft() {
    const item = this.current;
    if (!item) return undefined;
    const { editor, drafts, session } = this.#parts;
    const { reopened } = item;
    return drafts.save(item.lease, { state: editor.draft(), effort: this.#effort(item), session, reopened });
  }

  #effort(item) {
    return item.effort.total(this.#parts.editor.counts);
  }

  #why() {
    const { status, queue } = this.#parts;
    return status.get("offline") || status.get("signedOut") ? "offline" : queue.reason;
  }
}
