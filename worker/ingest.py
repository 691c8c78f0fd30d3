"""The import job: check and store every file, then write all rows at once."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core import archives, imports, layouts, uploads
from core.db import transaction
from core.errors import ArchiveRejected
from core.imports import Request
from core.jobs import Claim
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

    def on_file(done: int, total: int) -> None:
        pulse.beat({"step": done, "steps": total})

    wanted = Request(**claim.request)
    with _root(claim, wanted, store, pulse) as root:
        report = imports.examine(wanted, classes, store, on_file, root=root)
    with transaction() as db:
        imports.commit(db, store, claim, report)


@contextmanager
def _root(claim: Claim, wanted: Request, store: Store, pulse: Pulse) -> Iterator[Path]:
    """The folder to import: the one that is named, or what the uploaded archive holds."""
    if wanted.upload_id is None:
        yield layouts.allowed(wanted.path, settings().import_roots)
        return
    with attempt_folder(claim) as folder, _archive(wanted.upload_id, store, pulse) as archive:
        known = settings()
        limits = archives.Limits(
            known.archive_ceiling_files, known.file_ceiling_bytes, known.unpacked_ceiling_bytes
        )
        archives.unpack(
            archive, folder, limits, lambda count: pulse.beat({"phase": "unpacking", "step": count})
        )
        yield layouts.without_wrapping(folder.resolve())


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
