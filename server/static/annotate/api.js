// The one place that talks to the server. The session cookie says who asks.

import { retryAfterMs } from "./backoff.js";

const PATIENCE_MS = 30_000;

/** What the server refused, or `status` 0 when nothing came back. */
export class ApiError extends Error {
  constructor(status, problem = {}, waitMs = null) {
    super(problem.detail ?? problem.title ?? "The server cannot be reached.");
    this.status = status;
    this.code = (problem.type ?? "").replace("/problems/", "");
    this.retryAfterMs = waitMs;
  }
}

export class Api {
  #root;
  #project;
  #session;

  constructor(projectId, session, root = "/api/v1") {
    this.#root = root;
    this.#project = `/projects/${projectId}`;
    this.#session = session;
  }

  /** The next regions, those this tab holds already first: {items, reason}. */
  lease(count) {
    return this.#json("POST", `${this.#project}/leases`, { session: this.#session, count });
  }

  /** Prolong several leases at once; says of each whether it still holds. */
  renew(leases) {
    const named = leases.map(({ id, epoch }) => ({ id, epoch }));
    return this.#json("PUT", `${this.#project}/leases`, { session: this.#session, leases: named });
  }

  /** Give a region back. With `leaving`, so that it arrives though the page ends. */
  release(leaseId, leaving = false) {
    return this.#ask("DELETE", `/leases/${leaseId}`, { keepalive: leaving });
  }

  /** Lease a region that one has labelled oneself. */
  reopen(regionId) {
    return this.#json("POST", `/regions/${regionId}/leases`, { session: this.#session });
  }

  progress() {
    return this.#json("GET", `${this.#project}/progress`);
  }

  /** One's own labels, newest first. */
  ownLabels() {
    return this.#json("GET", `${this.#project}/labels?mine=true&limit=20`);
  }

  me() {
    return this.#json("GET", "/users/me");
  }

  /** The project's changes as they happen, as an EventSource. */
  events() {
    return new EventSource(`${this.#root}${this.#project}/events`);
  }

  /** A picture, decoded, with the answer's headers. */
  async picture(url) {
    const answer = await this.#fetch(url, {});
    return { bitmap: await createImageBitmap(await answer.blob()), headers: answer.headers };
  }

  /** The bytes of a layer. */
  async bytes(url) {
    const answer = await this.#fetch(url, {});
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** Send an entry of the outbox; never throws. */
  async send({ method, path, body, type, key }) {
    try {
      const headers = { "Content-Type": type, "Idempotency-Key": key };
      const answer = await this.#ask(method, path, { body, headers });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    } catch (error) {
      const { status = 0, code = "", retryAfterMs: waitMs = null } = error;
      return { status, code, detail: error.message, retryAfterMs: waitMs };
    }
  }

  async #json(method, path, value) {
    const body = value === undefined ? undefined : JSON.stringify(value);
    const headers = body ? { "Content-Type": "application/json" } : {};
    return (await this.#ask(method, path, { body, headers })).json();
  }

  #ask(method, path, options) {
    return this.#fetch(this.#root + path, { method, ...options });
  }

  async #fetch(url, options) {
    let answer;
    try {
      const signal = options.keepalive ? undefined : AbortSignal.timeout(PATIENCE_MS);
      answer = await fetch(url, { credentials: "same-origin", signal, ...options });
    } catch (error) {
      throw new ApiError(0, { detail: `The server cannot be reached (${error.message}).` });
    }
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => ({}));
    throw new ApiError(answer.status, problem, retryAfterMs(answer.headers.get("retry-after")));
  }
}
