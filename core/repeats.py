"""The same data once more: an import that an earlier one has done already is answered from its
report, without decoding anything.

Data is the same when all of it has the same digest: what was asked for, the project's classes, and
of each file its name, size and content. Files of a folder are hashed; objects of a bucket go by
their tags, and are not read. What was cancelled or failed left no digest, nor does a dry run.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import jobs, layouts, tags, uploads
from core.checking import Outcome
from core.errors import TesseraError
from core.imports import Request, report_lines
from core.jobs import Claim
from core.layouts import Known
from core.models import Job
from core.places import Place
from core.spool import Spool
from core.store import Store

FORMAT = 1
"""Counts the changes of what an import makes of the same files."""


def digest(
    wanted: Request, classes: Sequence[Known], place: Place, on_file: Callable[[int], None]
) -> str | None:
    """Of all that decides what an import does; None where a repeat might change something, or a
    file cannot be read: the import itself will say which.

    `on_file(done)` is called after each file, and may raise to stop.
    """
    if wanted.layout is None or tags.lie_in(place.root, wanted.layout):
        return None  # tags of an image are replaced, so the last import of them counts
    about = (FORMAT, layouts.named(wanted.layout).NAME, wanted.pool_masks, list(map(list, classes)))
    found = hashlib.sha256(json.dumps(about).encode())
    try:
        for done, path in enumerate(place.files(), start=1):
            name = str(path.relative_to(place.root)).encode(errors="surrogateescape")
            found.update(b"%d %b %b\n" % (len(name), name, place.mark(path).encode()))
            on_file(done)
    except TesseraError:
        return None
    return found.hexdigest()


def earlier(db: Session, project_id: int, same: str | None) -> Job | None:
    """The import of the project that has done the same; None without one."""
    if same is None:
        return None
    found = select(Job).where(Job.project_id == project_id, Job.kind == "import")
    done = found.where(Job.state == "succeeded", Job.digest == same)
    return db.scalar(done.order_by(Job.id).limit(1))


def finish(db: Session, store: Store, claim: Claim, wanted: Request, *, before: Job) -> None:
    """End the job with what the earlier one has found: everything is there, nothing changes."""
    result: dict[str, Any] = before.result or {}
    jobs.finish(
        db,
        claim,
        result
        | {
            "dry_run": wanted.dry_run,
            "added": 0,
            "unchanged": sum(result["images"].values()),
            "changed": 0,
            "same_as": before.id,
            "report_key": _unchanged(store, result["report_key"]),
        },
    )
    if wanted.upload_id is not None and not wanted.dry_run:
        uploads.consume(db, wanted.upload_id)


def _unchanged(store: Store, key: str) -> str:
    """The report, a line at a time, as of an import that found all of it there."""
    lines: Spool[Outcome] = Spool(Outcome)
    with store.open(key) as file:
        for each in report_lines(file):
            lines.append(Outcome(**each | {"outcome": "unchanged"}))
    return store.put_file(lines.path)
