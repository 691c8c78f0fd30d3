// Whether the server can be reached, and whether it still knows who is here.

const LOOK_MS = 4_000;

export class Connection extends EventTarget {
  #api;
  #status;
  #userId;
  #timer = null;

  /** "back" is told when a lost connection or session has come back. */
  constructor(api, status, userId) {
    super();
    this.#api = api;
    this.#status = status;
    this.#userId = userId;
    addEventListener("online", () => this.#look());
    addEventListener("offline", () => this.#lost({ offline: true }));
    addEventListener("focus", () => this.#timer && this.#look());
  }

  /** A call has failed: true if waiting helps, false if the error is the caller's own. */
  failed({ status = 0 }) {
    if (status === 401) return this.#lost({ signedOut: true });
    if (status === 0 || status >= 500) return this.#lost({ offline: true });
    // Too much at once: the connection is well, and whoever asked asks again later.
    return status === 429;
  }

  /** A call has come through. */
  worked() {
    if (this.#timer) this.#found();
  }

  #lost(facts) {
    this.#status.set(facts);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    return true;
  }

  async #look() {
    try {
      const { id } = await this.#api.me();
      // Somebody else has signed in: nothing of this page is theirs.
      if (id !== this.#userId) location.reload();
      else this.#found();
    } catch (error) {
      this.#status.set({ offline: error.status !== 401, signedOut: error.status === 401 });
    }
  }

  #found() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#status.set({ offline: false, signedOut: false });
    this.dispatchEvent(new Event("back"));
  }
}
