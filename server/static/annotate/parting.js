// When a tab ends, regions in which nothing was drawn go back to the queue at once. A reload ends
// a tab too: what was given back then is given back once more before anything is leased, since
// the first word of it may still be on its way.

const KEY = "tessera.released";

/** Give back what nobody has worked on. The last thing a page does. */
export function leaveBehind({ api, desk, queue }) {
  desk.pause();
  const { current } = desk;
  const idle = current && !current.changed ? [current.lease, ...queue.untouched] : queue.untouched;
  sessionStorage.setItem(KEY, JSON.stringify(idle.map((lease) => lease.id)));
  for (const lease of idle) api.release(lease.id, true).catch(() => {});
}

/** The first thing a page does. */
export async function takeUp(api) {
  const given = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  await Promise.all(given.map((id) => api.release(id).catch(() => {})));
  sessionStorage.removeItem(KEY);
}
