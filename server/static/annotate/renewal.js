// Leases last while their tab is worked in. Who comes back after a pause hears at once which
// regions others have taken over meanwhile.

const EVERY_MS = 60_000;
const ACTIVE_MS = 5 * 60_000;
const LOOK_MS = 1_000;

export class Renewal {
  #api;
  #held;
  #lost;
  #renewedAt = Date.now();
  #activeAt = Date.now();
  #asking = false;

  /** `held()` gives the leases in hand; `lost(lease)` is told of each that is over. */
  constructor(api, held, lost) {
    this.#api = api;
    this.#held = held;
    this.#lost = lost;
    setInterval(() => this.#look(), LOOK_MS);
  }

  /** The person did something here. */
  activity() {
    this.#activeAt = Date.now();
  }

  /** Ask again for every lease in hand. */
  async renew() {
    const leases = this.#held();
    if (this.#asking || leases.length === 0) return;
    this.#asking = true;
    this.#renewedAt = Date.now();
    try {
      this.#compare(leases, (await this.#api.renew(leases)).items);
    } catch {
      // Without a network nothing is lost yet: a late submit counts while nobody followed.
    } finally {
      this.#asking = false;
    }
  }

  #look() {
    const now = Date.now();
    if (document.hidden || now - this.#activeAt > ACTIVE_MS) return;
    if (now - this.#renewedAt >= this.#everyMs()) this.renew();
  }

  /** A third of a lease's time, at most a minute. */
  #everyMs() {
    const times = this.#held().map((each) => Date.parse(each.expires_at) - Date.parse(each.granted_at));
    return Math.min(EVERY_MS, ...times.map((ms) => Math.max(LOOK_MS, ms / 3)));
  }

  #compare(asked, answers) {
    const held = new Set(this.#held());
    const over = new Set(answers.filter((each) => each.expires_at === null).map((each) => each.id));
    for (const lease of asked) if (over.has(lease.id) && held.has(lease)) this.#lost(lease);
  }
}
