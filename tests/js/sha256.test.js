import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { digestOf } from "../../server/static/admin/sha256.js";

test("the digest is what everybody else computes, whatever the length", async () => {
  for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, (4 << 20) + 7]) {
    const bytes = new Uint8Array(size).map((_, at) => (at * 31 + size) & 255);
    const expected = createHash("sha256").update(bytes).digest("hex");
    assert.equal(await digestOf(new Blob([bytes])), expected, `${size} bytes`);
  }
});
