import assert from "node:assert/strict";
import { test } from "node:test";

import { LONGEST_MS, pauseMs, retryAfterMs } from "../../server/static/annotate/backoff.js";

test("waits double up to the longest", () => {
  const longest = [1, 2, 3, 20].map((attempt) => pauseMs(attempt, () => 1));
  assert.deepEqual(longest, [500, 1000, 2000, LONGEST_MS]);
});

test("a wait is at least half of what it may be", () => {
  assert.equal(pauseMs(3, () => 0), 1000);
});

test("Retry-After is seconds, a date, or nothing", () => {
  assert.equal(retryAfterMs("3"), 3000);
  assert.equal(retryAfterMs("Thu, 01 Jan 1970 00:00:09 GMT", 4000), 5000);
  assert.equal(retryAfterMs("Thu, 01 Jan 1970 00:00:01 GMT", 4000), 0);
  assert.equal(retryAfterMs("soon"), null);
  assert.equal(retryAfterMs(null), null);
});
