// One's own earlier labels, so that the last ones can be changed as long as their cycle runs.

import { dispose, prepare } from "./item.js";

const REMEMBERED = 100;

export class Earlier {
  #api;
  #outbox;
  #drafts;
  #status;
  #session;
  #done = [];
  #place = 0;
  #asked = false;

  constructor({ api, outbox, drafts, status, session }) {
    this.#api = api;
    this.#outbox = outbox;
    this.#drafts = drafts;
    this.#status = status;
    this.#session = session;
  }

  /** This lease's label is the last one now. */
  push(lease) {
    const others = this.#done.filter((each) => each.region_id !== lease.region_id);
    this.#done = [...others, lease].slice(-REMEMBERED);
    this.#place = this.#done.length;
  }

  /** The label before the one at which we are, as an item to work on; null with a notice. */
  async back() {
    try {
      await this.#ask();
      const target = this.#done[this.#place - 1];
      if (!target) return this.#say("There is no earlier label of yours to change.");
      const item = await this.#withdrawn(target) ?? (await this.#reopened(target));
      if (item) this.#place -= 1;
      return item;
    } catch (error) {
      return this.#say(error.message);
    }
  }

  /** The label that was being changed when the page ended, as an item to go on with; else null. */
  async interrupted() {
    const draft = await this.#drafts.interrupted(this.#session);
    if (!draft || this.#isOnItsWay(draft)) return null;
    try {
      await this.#ask();
      const place = this.#done.findIndex((each) => each.region_id === draft.region_id);
      if (place >= 0) this.#place = place;
      return await this.#reopened(draft);
    } catch (error) {
      return this.#say(`Your change of an earlier label waits in this browser: ${error.message}`);
    }
  }

  /** Leave a reopened label as it was. */
  async release(item) {
    dispose(item);
    this.#place = this.#done.length;
    await this.#drafts.drop(item.lease.region_id);
    await this.#api.release(item.lease.id).catch(() => {});
  }

  /** What an earlier visit has labelled comes before what this one has. */
  async #ask() {
    if (this.#asked || this.#place > 0) return;
    this.#asked = true;
    const { items } = await this.#api.ownLabels();
    const known = new Set(this.#done.map((each) => each.region_id));
    const before = items.reverse().filter((each) => !known.has(each.region_id));
    this.#done = [...before, ...this.#done];
    this.#place += before.length;
  }

  /** A label that has not left yet: its lease still holds. */
  async #withdrawn(target) {
    const mine = ({ what, lease }) => what === "label" && lease.region_id === target.region_id;
    if (!target.context_url || !(await this.#outbox.withdraw(mine))) return null;
    return prepare(this.#api, this.#drafts, target);
  }

  async #reopened(target) {
    if (this.#isOnItsWay(target)) {
      return this.#say("That label is on its way; it can be changed once it has arrived.");
    }
    const lease = await this.#api.reopen(target.region_id);
    return Object.assign(prepare(this.#api, this.#drafts, lease), { reopened: true });
  }

  #isOnItsWay(target) {
    return this.#outbox.waiting.some(({ lease }) => lease.region_id === target.region_id);
  }

  #say(text) {
    this.#status.notice(text);
    return null;
  }
}
