// What waits to be sent, in the order in which it was done. Entries lie in the browser's database
// until the server has answered for good, so neither a reload nor a lost network loses one; each
// carries an Idempotency-Key, so sending one twice does it once.

import { pauseMs } from "./backoff.js";

/** What an answer means for its entry. `status` 0 is no answer at all. */
export function verdict({ status, code }) {
  if (status >= 200 && status < 300) return "done";
  if (status === 401) return "signed_out";
  if (code === "lease_superseded") return "superseded";
  if (status === 0 || status === 408 || status === 429 || status >= 500) return "again";
  return "refused";
}

export class Outbox extends EventTarget {
  #table;
  #keeping = 0;
  #send;
  #clock;
  #owner;
  #attempt = 0;
  #timer = null;
  #sending = null;
  #entries = [];

  /**
   * `table` keeps entries (all, add, put, remove); `send(entry)` resolves to {status, code, detail,
   * retryAfterMs, body} and never throws; `owner` marks whose entries are sent here.
   */
  constructor(table, send, owner, clock = globalThis) {
    super();
    this.#table = table;
    this.#send = send;
    this.#owner = owner;
    this.#clock = clock;
  }

  /** Read what an earlier visit has left. */
  async load() {
    const kept = await this.#table.all();
    this.#entries = kept
      .filter((entry) => entry.owner === this.#owner)
      .sort((one, other) => one.seq - other.seq);
    this.#tell();
  }

  /** Entries that still wait, oldest first. */
  get waiting() {
    return this.#entries.filter((entry) => !entry.refused);
  }

  /** Whether nothing is on its way, not even to where it is kept. */
  get isEmpty() {
    return this.#keeping === 0 && this.waiting.length === 0;
  }

  /** Entries that the server will never take, with `refused` saying why; they stay as they are. */
  get refused() {
    return this.#entries.filter((entry) => entry.refused);
  }

  /** Keep the entry, then send it after those before it. Resolves when it is kept. */
  async add(entry) {
    const full = { ...entry, owner: this.#owner };
    this.#keeping += 1;
    // What the browser cannot keep is sent all the same, as long as the page lives.
    full.seq = await this.#table.add(full).catch(() => `unkept ${entry.key}`);
    this.#keeping -= 1;
    this.#entries.push(full);
    this.#tell();
    this.drain();
  }

  /** Take back an entry that is not on its way: true when it will not be sent. */
  async withdraw(wanted) {
    const entry = this.waiting.find(wanted);
    if (!entry || entry === this.#sending || entry.tried) return false;
    await this.#forget(entry);
    return true;
  }

  /** Throw away what the server has refused. */
  async dropRefused() {
    for (const entry of this.refused) await this.#forget(entry);
  }

  /** Send what waits, in order, until all is gone or something has to wait. */
  async drain() {
    if (this.#sending || this.#timer) return;
    let goesOn = true;
    for (let entry = this.waiting[0]; entry && goesOn; entry = this.waiting[0]) {
      this.#sending = entry;
      goesOn = await this.#settle(entry, await this.#send(entry));
      this.#sending = null;
    }
  }

  /** Try now: the network is back, or somebody has signed in. */
  wake() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    return this.drain();
  }

  async #settle(entry, answer) {
    const found = verdict(answer);
    if (found === "again" || found === "signed_out") return this.#wait(entry, answer, found);
    this.#attempt = 0;
    if (found === "refused") {
      entry.refused = answer.detail || `the server answered ${answer.status}`;
      await this.#table.put(entry);
      this.#tell();
    } else {
      await this.#forget(entry);
    }
    this.#report(found, entry, answer);
    return true;
  }

  /** After an attempt nobody knows whether the server has it, so it cannot be taken back. */
  #wait(entry, answer, found) {
    entry.tried = true;
    this.#attempt += 1;
    const pause = Math.max(pauseMs(this.#attempt), answer.retryAfterMs ?? 0);
    this.#timer = this.#clock.setTimeout(() => this.wake(), pause);
    this.#report(found, entry, answer);
    return false;
  }

  async #forget(entry) {
    await this.#table.remove(entry.seq);
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }

  #report(name, entry, answer) {
    this.dispatchEvent(new CustomEvent(name, { detail: { entry, answer } }));
  }
}
