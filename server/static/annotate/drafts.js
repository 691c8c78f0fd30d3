// Drafts by lease: what is drawn but not submitted, kept in the browser's database during every
// stroke. A draft whose lease is over still serves when the same region comes again.

export const EVERY_MS = 300;
export const KEPT_MS = 14 * 24 * 3600 * 1000;

/** A lease's name among drafts: an epoch has one holder. */
export function keyOf(lease) {
  return `${lease.id}:${lease.epoch}`;
}

/** The draft to go on with for a lease: its own, else the newest of its region; null without. */
export function bestFor(lease, drafts) {
  const mine = drafts.filter((draft) => draft.region_id === lease.region_id);
  const own = mine.find((draft) => draft.key === keyOf(lease));
  return own ?? mine.sort((one, other) => other.saved_at - one.saved_at)[0] ?? null;
}

/** Keys of drafts that nobody has come back to for two weeks. */
export function forgotten(drafts, now) {
  return drafts.filter((draft) => now - draft.saved_at > KEPT_MS).map((draft) => draft.key);
}

/** Calls `work` at most every `everyMs`, and once more after the last call. */
export class Throttle {
  #work;
  #everyMs;
  #clock;
  #timer = null;
  #wanted = false;

  constructor(work, everyMs = EVERY_MS, clock = globalThis) {
    this.#work = work;
    this.#everyMs = everyMs;
    this.#clock = clock;
  }

  call() {
    this.#wanted = true;
    if (!this.#timer) this.#run();
  }

  /** Do at once what still waits. */
  flush() {
    return this.#wanted ? this.#run() : undefined;
  }

  /** Forget what still waits. */
  cancel() {
    this.#wanted = false;
  }

  #run() {
    this.#clock.clearTimeout(this.#timer);
    this.#wanted = false;
    this.#timer = this.#clock.setTimeout(() => this.#again(), this.#everyMs);
    return this.#work();
  }

  #again() {
    this.#timer = null;
    if (this.#wanted) this.#run();
  }
}

export class Drafts {
  #table;
  #owner;

  /** `owner` marks one person's drafts of one project in the browser's database. */
  constructor(table, owner) {
    this.#table = table;
    this.#owner = owner;
  }

  async all() {
    return (await this.#table.all()).filter((draft) => draft.owner === this.#owner);
  }

  /** Keep `state` and what it took for the lease; `session` names the tab. */
  save(lease, { state, effort, session, reopened }) {
    return this.#table.put({
      key: keyOf(lease),
      owner: this.#owner,
      region_id: lease.region_id,
      saved_at: Date.now(),
      state,
      effort,
      session,
      reopened,
    });
  }

  /** Tabs that drafts come from, newest first: one of them may have crashed. */
  async sessions() {
    const kept = (await this.all()).sort((one, other) => other.saved_at - one.saved_at);
    return [...new Set(kept.map((draft) => draft.session))];
  }

  /** The newest draft of this tab that changes an earlier label; undefined without one. */
  async interrupted(session) {
    const mine = (await this.all()).filter((draft) => draft.reopened && draft.session === session);
    return mine.sort((one, other) => other.saved_at - one.saved_at)[0];
  }

  async find(lease) {
    return bestFor(lease, await this.all());
  }

  /** Drop every draft of the region: its label has arrived. */
  async drop(regionId) {
    for (const draft of await this.all()) {
      if (draft.region_id === regionId) await this.#table.remove(draft.key);
    }
  }

  async prune(now = Date.now()) {
    for (const key of forgotten(await this.all(), now)) await this.#table.remove(key);
  }
}
