"""The import job: check and store every file, then write all rows at once."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core import archives, buckets, decoding, imports, layouts, partial, repeats, uploads
from core.db import transaction
from core.errors import ArchiveRejected
from core.imports import Request
from core.jobs import Claim
from core.models import Project
from core.places import Bucket, Folder, Place
from core.settings import settings
from core.store import Store, open_store
from worker.folders import attempt_folder
from worker.pulse import Pulse

PIECE = 1 << 20


def run(claim: Claim, pulse: Pulse) -> None:
    """Import what the job's request names. Raises what the pulse raises."""
    store = open_store()
    with transaction() as db:
        classes = imports.known_classes(db, claim.project_id)
    wanted = Request(**claim.request)
    with _place(claim, wanted, store, pulse) as place:
        wanted = imports.resolved(wanted, place)
        same = repeats.digest(wanted, classes, place, _counting(pulse, "comparing"))
        if _is_done(claim, wanted, store, same):
            return
        with decoding.decoder() as made:
            told, decode = _stepping(pulse), made.read_image
            report = imports.examine(wanted, classes, store, told, place=place, decode=decode)
    with transaction() as db:
        written = _counting(pulse, "writing")
        imports.commit(db, store, claim, report, digest=same, on_rows=written)
    with transaction() as db:  # or the first cycle would have to wait for it
        partial.count(db, store, db.get_one(Project, claim.project_id))


def _is_done(claim: Claim, wanted: Request, store: Store, same: str | None) -> bool:
    """Whether an earlier import of the same data has ended this one too."""
    with transaction() as db:
        before = repeats.earlier(db, claim.project_id, same)
        if before is not None:
            repeats.finish(db, store, claim, wanted, before=before)
    return before is not None


def _counting(pulse: Pulse, phase: str) -> Callable[[int], None]:
    return lambda count: pulse.beat({"phase": phase, "step": count})


def _stepping(pulse: Pulse) -> Callable[[int, int], None]:
    return lambda done, total: pulse.beat({"step": done, "steps": total})


@contextmanager
def _place(claim: Claim, wanted: Request, store: Store, pulse: Pulse) -> Iterator[Place]:
    """What is named: a folder, a bucket, or what the uploaded archive holds."""
    if wanted.upload_id is None and not buckets.is_url(wanted.path):
        yield Folder(layouts.allowed(wanted.path, settings().import_roots))
        return
    with attempt_folder(claim) as folder:
        if wanted.upload_id is None:
            yield _listed(wanted.path, folder, pulse)
            return
        with _archive(wanted.upload_id, store, pulse) as archive:
            _unpack(archive, folder, pulse)
        yield Folder(layouts.without_wrapping(folder.resolve()))


def _listed(url: str, folder: Path, pulse: Pulse) -> Bucket:
    most = settings().archive_ceiling_files
    buckets.stubs(buckets.allowed(url), folder, _counting(pulse, "listing"), most=most)
    return Bucket(folder.resolve())


def _unpack(archive: IO[bytes], folder: Path, pulse: Pulse) -> None:
    known = settings()
    limits = archives.Limits(
        known.archive_ceiling_files, known.file_ceiling_bytes, known.unpacked_ceiling_bytes
    )
    archives.unpack(archive, folder, limits, _counting(pulse, "unpacking"))


@contextmanager
def _archive(upload_id: int, store: Store, pulse: Pulse) -> Iterator[IO[bytes]]:
    """The upload as one file, whose bytes are those that its sender had."""
    with transaction() as db:
        upload = uploads.get(db, upload_id)
        joined = uploads.opened(db, store, upload)
    with joined:
        if _sha256(joined, pulse) != upload.sha256:
            raise ArchiveRejected(
                f"The bytes that arrived of {upload.name} are not those that were announced; "
                "upload it again."
            )
        yield joined


def _sha256(file: IO[bytes], pulse: Pulse) -> str:
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
        pulse.beat({"phase": "checking the upload"})
    return digest.hexdigest()
