// One session per tab. Leases belong to it, so that two tabs of one person never work on the same
// region. The id lasts as long as the tab, reloads included; a copied tab copies it too, which
// the holder of the id's lock finds out.

const KEY = "tessera.session";
// A reload may come a moment before its old page has let go of the lock.
const PATIENCE_MS = 600;

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * This tab's session id, held until the tab ends. `orphans` are ids that drafts name, newest
 * first: a tab without an id of its own goes on with one that no living tab holds.
 */
export async function claimSession(orphans = [], place = sessionStorage) {
  const own = place.getItem(KEY);
  const wanted = own ? [own] : orphans;
  for (const id of wanted) {
    if (await hold(id, own ? PATIENCE_MS : 0)) return kept(id, place);
  }
  const id = newId();
  await hold(id, PATIENCE_MS);
  return kept(id, place);
}

function kept(id, place) {
  place.setItem(KEY, id);
  return id;
}

/** Whether the id is now this tab's. Waits up to `patienceMs` for another one to let go. */
export function hold(id, patienceMs, locks = navigator.locks) {
  return locks ? byLock(id, patienceMs, locks) : byAsking(id);
}

function byLock(id, patienceMs, locks) {
  const options = patienceMs ? { signal: AbortSignal.timeout(patienceMs) } : { ifAvailable: true };
  return new Promise((resolve) => {
    const held = locks.request(`tessera-session-${id}`, options, (lock) => {
      resolve(Boolean(lock));
      // Never settled: the browser lets go when the tab ends.
      return lock ? new Promise(() => {}) : undefined;
    });
    held.catch(() => resolve(false));
  });
}

/** Without locks (a page that does not come over https): ask the other tabs. */
function byAsking(id) {
  const channel = new BroadcastChannel("tessera-session");
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      channel.onmessage = ({ data }) => data.ask === id && channel.postMessage({ taken: id });
      resolve(true);
    }, 200);
    channel.onmessage = ({ data }) => {
      if (data.taken !== id) return;
      clearTimeout(timer);
      channel.close();
      resolve(false);
    };
    channel.postMessage({ ask: id });
  });
}
