// The canvas for one region that a reviewer draws anew: it takes the place of the queue's leases.

/** Gives the lease on this region once, then nothing more. */
export class OneRegion {
  #api;
  #region;
  #given = null;
  #isDone = false;

  constructor(api, region) {
    this.#api = api;
    this.#region = region;
  }

  /** As the server answers for the next regions. Throws ApiError. */
  async lease() {
    if (this.#isDone) return { items: [], reason: "reviewed" };
    this.#given ??= await this.#api.reopen(this.#region);
    return { items: [this.#given], reason: null };
  }

  /** The label has left, or was left as it was. */
  done() {
    this.#isDone = true;
  }
}

/** Go back to the reviews once the label has arrived. */
export function returnTo(path, source, { outbox, labelling }) {
  labelling.addEventListener("left", () => source.done());
  outbox.addEventListener("done", ({ detail: { entry } }) => {
    if (entry.what === "label") location.assign(path);
  });
  labelling.addEventListener("idle", () => outbox.isEmpty && location.assign(path));
}
