// When to try again: waits double up to a ceiling, and are drawn at random so that many browsers
// that lost the same server do not come back in the same moment.

export const FIRST_MS = 500;
export const LONGEST_MS = 30_000;

/** Milliseconds before attempt number `attempt` (1 is the first repeat), at most LONGEST_MS. */
export function pauseMs(attempt, random = Math.random) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/** What a Retry-After header asks for, in ms: seconds or a date (RFC 9110 10.2.3); null without. */
export function retryAfterMs(header, now = Date.now()) {
  if (!header) return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
