// One person's way through the queue: a region is shown, drawn and submitted, and the next one is
// there. What is done goes to the outbox.

import { askNote, askSkip } from "./dialogs.js";
import { labelEntry, noteEntry, skipEntry } from "./entries.js";
import { complete } from "./gaps.js";

export class Labelling extends EventTarget {
  #parts;
  #moving = false;

  /** Parts: editor, desk, queue, outbox, earlier, connection, settings, status. */
  constructor(parts) {
    super();
    this.#parts = parts;
  }

  get current() {
    return this.#parts.desk.current;
  }

  /** Leases in hand: the one in work and those ahead. */
  get leases() {
    const ahead = this.#parts.queue.leases;
    return this.current ? [this.current.lease, ...ahead] : ahead;
  }

  /** Start where this tab was: at an earlier label that was being changed, else in the queue. */
  async resume() {
    const { earlier, desk } = this.#parts;
    await this.#move(async () => {
      const item = await earlier.interrupted();
      if (item) await desk.show(item);
    });
    await this.next();
  }

  /** Show the next region, or tell ("idle") why there is none. */
  async next() {
    if (this.#moving) return;
    await this.#move(async () => {
      const { queue, desk } = this.#parts;
      for (let item = await this.#first(); item && !this.current; item = await this.#first()) {
        if (!(await desk.show(item))) queue.settle(item.lease);
      }
    });
    if (this.current) this.refill();
    else this.dispatchEvent(new CustomEvent("idle", { detail: this.#why() }));
  }

  /** Lease ahead as far as wanted. */
  async refill() {
    const { queue, connection, status } = this.#parts;
    try {
      await queue.fill(this.current ? 1 : 0);
      connection.worked();
    } catch (error) {
      if (!connection.failed(error)) status.notice(error.message, { kind: "bad" });
    }
  }

  async submit() {
    const { desk, editor, earlier, outbox, settings } = this.#parts;
    const item = this.current;
    if (!item) return;
    const { suggestion } = await item.ready;
    const answer = await complete(editor.result(), suggestion, settings);
    if (!answer || this.current !== item) return;
    performance.mark("tessera:submit");
    const kept = outbox.add(labelEntry(item.lease, answer, desk.effort));
    this.#leave(item);
    earlier.push(item.lease);
    await this.next();
    await kept;
  }

  /** Leave the region to others with a reason; an earlier label stays as it was. */
  async skip() {
    const item = this.current;
    if (!item) return;
    const reason = item.reopened ? null : await askSkip();
    if (this.current !== item || !(reason || item.reopened)) return;
    this.#leave(item);
    if (reason) await this.#parts.outbox.add(skipEntry(item.lease, reason));
    else await this.#parts.earlier.release(item);
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
    const { earlier, desk, queue } = this.#parts;
    await this.#move(async () => {
      const item = await earlier.back();
      if (!item) return;
      const left = this.current && desk.putAside();
      if (left?.reopened) await earlier.release(left);
      else if (left) queue.putFirst(left);
      await desk.show(item);
    });
  }

  /** Somebody else has this lease now: what was drawn goes to the server, which keeps it. */
  async lost(lease) {
    const { queue, outbox, desk, editor, status } = this.#parts;
    queue.settle(lease);
    const item = this.current;
    if (item?.lease !== lease) return this.refill();
    const entry = item.changed && labelEntry(lease, editor.result(), desk.effort);
    this.#leave(item);
    if (entry) await outbox.add(entry);
    else status.notice("This region was given to somebody else meanwhile; here is the next one.");
    return this.next();
  }

  /** One move at a time: what comes meanwhile is no longer meant for what is then shown. */
  async #move(act) {
    if (this.#moving) return;
    this.#moving = true;
    await act().finally(() => (this.#moving = false));
  }

  #leave(item) {
    this.#parts.desk.clear();
    this.#parts.queue.settle(item.lease);
    this.dispatchEvent(new Event("left"));
  }

  async #first() {
    const { queue } = this.#parts;
    if (this.current) return undefined;
    if (queue.isEmpty) await this.refill();
    // The answer may have been asked for before the last region was done.
    if (queue.isEmpty) await this.refill();
    return queue.take();
  }

  #why() {
    const { status, queue } = this.#parts;
    if (status.get("signedOut")) return "signed_out";
    return status.get("offline") ? "offline" : queue.reason;
  }
}
