// A leased region with everything that it needs, loaded as long as it takes.

import { load, segments } from "./assets.js";
import { pauseMs } from "./backoff.js";
import { verdict } from "./outbox.js";

/** An item of the queue; `ready` and `segments` are promises that outlive a lost network. */
export function prepare(api, drafts, lease) {
  const item = { lease, dropped: false, hasDraft: false, noted: undefined, reopened: false };
  item.ready = patiently(item, async () => {
    const [assets, draft] = await Promise.all([load(api, lease), drafts.find(lease)]);
    item.hasDraft = Boolean(draft);
    return { ...assets, draft };
  });
  item.segments = item.ready.then(() => patiently(item, () => segments(api, lease)));
  // Whoever waits for them hears of it; nobody has to.
  item.ready.catch(() => {});
  item.segments.catch(() => {});
  return item;
}

/** Let go of what the browser keeps outside of JavaScript's memory. */
export async function dispose(item) {
  item.dropped = true;
  const assets = await item.ready.catch(() => null);
  assets?.context.bitmap.close();
}

async function patiently(item, work) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const passing = ["again", "signed_out"].includes(verdict({ status: 0, ...error }));
      if (!passing || item.dropped) throw error;
      const pause = Math.max(pauseMs(attempt), error.retryAfterMs ?? 0);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
