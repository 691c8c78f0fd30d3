"""Files against the rows that refer to them: there, and with the bytes that their name promises."""

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, text

from core import linked, masks, origins
from core.errors import TesseraError
from core.integrity import references
from core.integrity.events import Progress
from core.integrity.finding import Finding
from core.integrity.references import PAGE, Reference
from core.store import Store, digest_key

RESTORE = "Put the file back from a backup, or restore one; until then what needs it fails."
OBJECT = "Put the object back in its bucket; until then what needs this image fails."
RECOUNT = "The mask is as it was sent; report it with the audit trail (events) of this label."
MANIFEST = "Restore a backup; the cycle's model can't be trained again from this manifest."


def damaged(connection: Connection, store: Store) -> Iterator[Finding]:
    """References (collected before) to files that are missing, unreadable or not as named, and to
    objects of buckets that are not what they were."""
    progress = Progress("files", references.count(connection))
    for key, rows in groupby(references.walk(connection), key=lambda row: row.key):
        problem = references.problem(store, key)
        for row in rows:
            progress.step()
            if problem and _still(connection, row):
                yield Finding(row.kind, str(row.row_id), key, problem, RESTORE)
            elif row.kind == "images.key" and not problem and (gone := linked.problem(store, key)):
                yield Finding("images.object", str(row.row_id), key, gone, OBJECT)


def _still(connection: Connection, row: Reference) -> bool:
    """Checkpoints are replaced while a job runs; all else is referred to for ever."""
    if row.kind != "jobs.checkpoint":
        return True
    now = connection.scalar(
        text("SELECT checkpoint ->> 'key' FROM jobs WHERE id = :id"), {"id": row.row_id}
    )
    connection.commit()
    return now is not None and row.key.startswith(f"{now}/")


_LABELS = text("""
    SELECT l.id, l.mask_key, l.origin_key, l.origins, r.width, r.height,
           ARRAY[l.labelled_px, l.void_px, l.not_asked_px] AS pixels,
           ARRAY(SELECT value FROM classes c WHERE c.project_id = l.project_id) AS classes
    FROM labels l JOIN regions r ON r.id = l.region_id
    WHERE l.id > :after ORDER BY l.id LIMIT :page
""")


class Drawn(NamedTuple):
    """What a stored mask says: its (height, width), its values, its pixels by kind."""

    shape: tuple[int, int]
    values: frozenset[int]
    coverage: tuple[int, ...]
    by_origin: tuple[int, ...]


def miscounted(connection: Connection, store: Store) -> Iterator[Finding]:
    """Labels whose row says another size, other classes or other counts than their mask."""
    progress = Progress("labels", int(connection.scalar(text("SELECT count(*) FROM labels")) or 0))
    drawn = lru_cache(maxsize=4096)(lambda key: _drawn(store, key))
    for row in _labels(connection):
        progress.step()
        yield from _recounted(row, drawn)


def _labels(connection: Connection) -> Iterator[Any]:
    after = 0
    while True:
        page = connection.execute(_LABELS, {"after": after, "page": PAGE}).all()
        connection.commit()
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id


def _drawn(store: Store, key: str) -> Drawn | None:
    """None for a file that is reported as damaged already."""
    try:
        mask = masks.stored(store.read(key))
    except TesseraError:
        return None
    values = frozenset(int(value) for value in np.unique(mask))
    height, width = mask.shape
    by_origin = tuple(int(n) for n in np.bincount(mask.ravel(), minlength=len(origins.NAMES)))
    return Drawn((height, width), values, tuple(masks.coverage(mask)), by_origin)


def _recounted(row: Any, drawn: Any) -> Iterator[Finding]:
    mask, origin = drawn(row.mask_key), row.origin_key and drawn(row.origin_key)
    wanted = (row.height, row.width)
    if mask and mask.shape != wanted:
        yield _differs("label.size", row.id, mask.shape, wanted)
    if mask and list(mask.coverage) != list(row.pixels):
        yield _differs("label.pixels", row.id, list(mask.coverage), list(row.pixels))
    if mask and (unknown := mask.values - {*row.classes, masks.VOID, masks.NOT_ASKED}):
        yield _differs("label.classes", row.id, sorted(row.classes), sorted(unknown))
    if origin:
        counted = dict(zip(origins.NAMES, origin.by_origin, strict=False))
        if origin.shape != wanted or counted != row.origins:
            yield _differs("label.origins", row.id, counted, row.origins)


def _differs(kind: str, row_id: int, expected: object, found: object) -> Finding:
    return Finding(kind, str(row_id), str(expected), str(found), RECOUNT)


def wrong_manifests(connection: Connection, store: Store) -> Iterator[Finding]:
    """Cycles whose summary counts other labels than their manifest lists."""
    rows = connection.execute(text("SELECT id, manifest_digest, manifest_summary FROM cycles"))
    cycles = rows.all()
    connection.commit()
    for cycle_id, digest, summary in cycles:
        try:
            listed = _listed(store, digest_key(digest))
        except (TesseraError, OSError):
            continue
        told = {name: summary.get(name) for name in listed}
        if listed != told:
            yield Finding(
                "cycle.manifest", str(cycle_id), json.dumps(listed), json.dumps(told), MANIFEST
            )


def _listed(store: Store, key: str) -> dict[str, int]:
    """Entries of a manifest, counted by the names in them without holding it in memory."""
    labels = entries = 0
    rest = b""
    with store.open(key) as file:
        while piece := file.read(1 << 20):
            whole = rest + piece
            labels += whole.count(LABEL)
            entries += whole.count(ENTRY)
            # Both are of one length: a tail shorter by a byte may begin one, and holds none.
            rest = whole[-(len(LABEL) - 1) :]
    return {"images": entries - labels, "regions": labels}


LABEL, ENTRY = b'"label":', b'"image":'
