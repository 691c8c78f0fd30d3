// Time and actions that a person spends on one region. Time runs from each sign of activity for at
// most IDLE_MS: who only looks out of the window is not working, and neither is a hidden tab.

export const IDLE_MS = 30_000;

export class Effort {
  #now;
  #spentMs;
  #since = null; // when activity was seen last; null while nothing counts

  /** Goes on from `spent`, what a draft has kept. `now` gives milliseconds that never fall. */
  constructor(now = () => performance.now(), spent = {}) {
    this.#now = now;
    this.#spentMs = spent.active_ms ?? 0;
    this.before = { clicks: 0, strokes: 0, keys: 0, ...spent };
    this.activity();
  }

  /** The person did something. */
  activity() {
    this.#count();
    this.#since = this.#now();
  }

  /** The tab is out of sight, or the region is: nothing counts until the next activity. */
  pause() {
    this.#count();
    this.#since = null;
  }

  /** Whole milliseconds of activity until now. */
  get activeMs() {
    return Math.round(this.#spentMs + this.#running());
  }

  /** What goes with a submit: `counts` are the editor's own of this sitting. */
  total(counts = {}) {
    const sum = (name) => (this.before[name] ?? 0) + (counts[name] ?? 0);
    return {
      active_ms: this.activeMs,
      clicks: sum("clicks"),
      strokes: sum("strokes"),
      keys: sum("keys"),
    };
  }

  #running() {
    return this.#since === null ? 0 : Math.min(this.#now() - this.#since, IDLE_MS);
  }

  #count() {
    this.#spentMs += this.#running();
  }
}
