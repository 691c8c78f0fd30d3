"""The clients' log against the database: what was acknowledged has to be there, once."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import TextClause, text

from benchmarks.queue_load.annotator import Act
from core import masks
from core.db import transaction
from core.store import open_store

# Leases of a region in the order of their epochs, where one began before the other was over.
TWICE = text("""
SELECT region_id, epoch FROM (
    SELECT region_id, epoch, granted_at,
           lag(least(ended_at, expires_at)) OVER (PARTITION BY region_id ORDER BY epoch) AS before
    FROM leases WHERE project_id = :project) AS l
WHERE granted_at < before
""")
# First grants in the order of their time; each says how many better regions were still untaken.
PASSED = text("""
SELECT max(rank_so_far + 1 - number) FROM (
    SELECT max(r.rank) OVER w AS rank_so_far, count(*) OVER w AS number
    FROM leases l JOIN regions r ON r.id = l.region_id
    WHERE l.project_id = :project AND l.epoch = 1
    WINDOW w AS (ORDER BY l.granted_at ROWS UNBOUNDED PRECEDING)) AS grants
""")
UNTAKEN = text("""
SELECT count(*) FROM regions r WHERE r.project_id = :project AND r.epoch = 0
AND r.rank < (SELECT max(rank) FROM regions WHERE project_id = :project AND epoch > 0)
""")
LEASES = text("SELECT CAST(id AS text), region_id, epoch FROM leases WHERE project_id = :project")
LABELS = text("""
SELECT id, CAST(lease_id AS text), region_id, revision, status, mask_key
FROM labels WHERE project_id = :project
""")


def complaints(project_id: int, log: Sequence[Act], annotators: int) -> list[str]:
    """Everything that is not as it was acknowledged; nothing, if all is well."""
    return [*_of_leases(project_id, log), *_of_order(project_id, annotators),
            *_of_labels(project_id, log)]  # fmt: skip


def _rows(statement: TextClause, project_id: int) -> Sequence[Any]:
    with transaction() as db:
        return db.execute(statement, {"project": project_id}).all()


def _of_leases(project_id: int, log: Sequence[Act]) -> Iterator[str]:
    for region, epoch in _rows(TWICE, project_id):
        yield f"region {region} was leased with epoch {epoch} while another lease was in force"
    known = {lease: (region, epoch) for lease, region, epoch in _rows(LEASES, project_id)}
    granted = {act.lease: act for act in log if act.kind == "lease" and act.status == 200}
    for lease, act in granted.items():
        if lease and known.get(lease) != (act.region, act.epoch):
            yield f"lease {lease} of region {act.region} was acknowledged and is not there"


def _of_order(project_id: int, annotators: int) -> Iterator[str]:
    ((passed,),), ((untaken,),) = _rows(PASSED, project_id), _rows(UNTAKEN, project_id)
    if passed is not None and passed > annotators:
        yield f"{passed} regions were passed over by {annotators} annotators"
    if untaken:
        yield f"{untaken} regions were never taken, although lower ones were"


def _of_labels(project_id: int, log: Sequence[Act]) -> Iterator[str]:
    """Acknowledged submits have one revision each, of the pixels sent; no other labels exist."""
    store = open_store()
    labels = {row.id: row for row in _rows(LABELS, project_id)}
    accepted = Counter(row.lease_id for row in labels.values() if row.status == "accepted")
    sent = {act.lease: act for act in log if act.kind == "submit"}
    for act in (act for act in log if act.kind == "submit" and act.status == 201):
        row = labels.get(act.label)
        if row is None or (row.lease_id, row.region_id) != (act.lease, act.region):
            yield f"label {act.label} of region {act.region} was acknowledged and is not there"
        elif accepted[act.lease] != 1:
            yield f"lease {act.lease} has {accepted[act.lease]} accepted labels"
        elif not store.exists(row.mask_key):
            yield f"the mask of label {act.label} is missing"
        elif _pixels(store.read(row.mask_key)) != act.sent:
            yield f"label {act.label} holds other pixels than were sent"
    for row in labels.values():
        if row.lease_id not in sent:
            yield f"nobody sent label {row.id}"
    for region, count in Counter(row.region_id for row in labels.values()).items():
        if count > 1:
            yield f"region {region} has {count} revisions, and was sent one"


def _pixels(png: bytes) -> str:
    return hashlib.sha256(masks.stored(png).tobytes()).hexdigest()
