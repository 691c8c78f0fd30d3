// What goes into the outbox: one request each, whole, so that it can be sent by a later page too.

import { newId } from "./session.js";
import { packed } from "./gaps.js";

const JSON_TYPE = "application/json";

/** A label with what it took. */
export function labelEntry(lease, result, effort) {
  const query = new URLSearchParams({ lease_id: lease.id, epoch: lease.epoch, ...effort });
  const path = `/regions/${lease.region_id}/label?${query}`;
  return entry("label", lease, { method: "PUT", path, type: "application/octet-stream", body: packed(result) });
}

export function skipEntry(lease, reason) {
  const path = `/leases/${lease.id}/skip`;
  return entry("skip", lease, { method: "POST", path, type: JSON_TYPE, body: JSON.stringify({ reason }) });
}

/** A remark has to arrive before the label: it needs the lease. */
export function noteEntry(lease, note) {
  const path = `/regions/${lease.region_id}/note?lease_id=${lease.id}&epoch=${lease.epoch}`;
  return entry("note", lease, { method: "PUT", path, type: JSON_TYPE, body: JSON.stringify(note) });
}

function entry(what, { id, epoch, region_id }, request) {
  return { what, lease: { id, epoch, region_id }, key: newId(), ...request };
}

/** Whether the entry settles its lease, so that the region is not to be shown again. */
export function settles({ what }) {
  return what !== "note";
}
