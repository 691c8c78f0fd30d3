// The next regions: leased ahead and loaded, so that the one after a submit is there at once.

import { keyOf } from "./drafts.js";
import { dispose } from "./item.js";

export const AHEAD = 2;
// The server gives out no more leases than this in one answer.
const MOST = 20;
// An answer that left before our submit arrived may name what is settled already.
const REMEMBERED = 60;

export class Queue extends EventTarget {
  #api;
  #prepare;
  #unsent;
  #items = [];
  #settled = [];
  #filling = null;

  /** `prepare(lease)` loads what a lease needs; `unsent()` gives entries that settle a lease. */
  constructor(api, prepare, unsent) {
    super();
    this.#api = api;
    this.#prepare = prepare;
    this.#unsent = unsent;
    this.reason = null;
  }

  /** Leases that wait here, in order. */
  get leases() {
    return this.#items.map((item) => item.lease);
  }

  /** Those of them in which nothing was drawn. */
  get untouched() {
    return this.#items.filter((item) => !item.hasDraft).map((item) => item.lease);
  }

  get isEmpty() {
    return this.#items.length === 0;
  }

  /** The first region, or undefined. */
  take() {
    const item = this.#items.shift();
    if (item) this.#remember(item.lease);
    return item;
  }

  /** Show this one first, again or before its turn. */
  putFirst(item) {
    this.#items.unshift(item);
  }

  /** Never show this lease again: it is submitted, skipped or lost. */
  settle(lease) {
    this.#remember(lease);
    this.#items = this.#items.filter((item) => keyOf(item.lease) !== keyOf(lease));
  }

  /** Lease until `held` (0 or 1 in work) and AHEAD more are there. Throws ApiError. */
  fill(held) {
    this.#filling ??= this.#fill(held).finally(() => (this.#filling = null));
    return this.#filling;
  }

  /** Forget everything: who is signed in has no more right to it. */
  clear() {
    for (const item of this.#items.splice(0)) dispose(item);
  }

  async #fill(held) {
    // The server still counts as held what is on its way to it.
    const leaving = this.#unsent().map(({ lease }) => keyOf(lease));
    const wanted = 1 + AHEAD + leaving.length;
    if (held + this.#items.length > AHEAD || wanted > MOST) return;
    const { items, reason } = await this.#api.lease(wanted);
    this.reason = reason;
    // What has arrived meanwhile was still held when the answer was made.
    const fresh = items.filter((lease) => !leaving.includes(keyOf(lease)) && !this.#knows(lease));
    for (const lease of fresh) this.#items.push(this.#prepare(lease));
    this.dispatchEvent(new Event("filled"));
  }

  #knows(lease) {
    const key = keyOf(lease);
    if (this.#unsent().some(({ lease: sent }) => keyOf(sent) === key)) return true;
    return this.#settled.includes(key) || this.leases.some((held) => keyOf(held) === key);
  }

  #remember(lease) {
    const key = keyOf(lease);
    this.#settled = [...this.#settled.filter((other) => other !== key), key].slice(-REMEMBERED);
  }
}
