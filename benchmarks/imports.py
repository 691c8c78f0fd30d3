"""What an import of many files costs: its resident memory as it goes, its seconds of CPU, and the
bytes that it leaves.

Pictures of 8x8 pixels, a tenth of them with masks, are made below `TMPDIR`; each is checked, stored
and inserted. The floor of the slope of memory is the one of the first tenth, in which everything is
met once.
"""

import struct
import time
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import psutil
from sqlalchemy import text

from benchmarks import Figure, main
from benchmarks.queue_load.site import tree_cpu_s
from benchmarks.scale import postgres
from core import decoding, imports, jobs, projects, repeats, users
from core.db import transaction
from core.imports import Request
from core.models import Project
from core.places import Folder
from core.projects import ClassSpec
from core.store import open_store
from core.store.folder import FolderStore

STEPS = 10
CLASSES = [ClassSpec(value, name, "#336699") for value, name in enumerate(("sky", "road"))]


def figures(*, quick: bool) -> list[Figure]:
    """Of the whole import; how the last nine tenths of the files compare with the first."""
    number = 2_000 if quick else 100_000
    with TemporaryDirectory() as folder, postgres():
        root = Path(folder).resolve()
        for each in range(number):
            _write(root, each)
        return _imported(root, number)


def _write(root: Path, number: int) -> None:
    kinds = (("images", 3), ("masks", 1))
    for kind, channels in kinds if number % 10 == 0 else kinds[:1]:
        place = root / "pool" / kind
        place.mkdir(parents=True, exist_ok=True)
        random = np.random.default_rng((number, channels))
        pixels = random.integers(0, 256 if channels == 3 else 2, (8, 8 * channels), np.uint8)
        (place / f"{number:06}.png").write_bytes(_png(pixels, channels))


def _png(rows: np.ndarray, channels: int) -> bytes:
    """Eight bits a channel, 8 pixels wide; a tenth of the time that a library takes."""
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows), 1)
    header = struct.pack(">IIBBBBB", 8, len(rows), 8, {3: 2, 1: 0}[channels], 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


class Trace(NamedTuple):
    """Resident bytes, and this process's and PostgreSQL's seconds of CPU, when so many files were
    done."""

    done: int
    memory: int
    seconds: float
    database: float


def _imported(root: Path, number: int) -> list[Figure]:
    with transaction() as db:
        owner = users.create(db, name="importer")
        recipe = {"name": "s4al-cpu"}
        project = projects.create(
            db, name="many", title="", classes=CLASSES, cell_px=8, recipe=recipe, by=owner
        )
        classes = imports.known_classes(db, project.id)
    place, wanted, store = Folder(root), Request(layout="plain"), open_store()
    begun = time.process_time()
    same = repeats.digest(wanted, classes, place, lambda _: None)
    hashing = time.process_time() - begun
    checked, written = [_now(0)], list[Trace]()

    def on_file(done: int, _total: int) -> None:
        if done % (number // STEPS) == 0:
            checked.append(_now(done))

    with decoding.decoder() as made:
        ready = {"place": place, "decode": made.read_image}
        report = imports.examine(wanted, classes, store, on_file, **ready)
    result = _committed(project, report, same, lambda done: written.append(_now(done)))
    assert result["added"] == number, result
    return [
        *_of_memory(checked, _now(number)),
        *_of_time(checked, hashing),
        _of_rows(written),
        *_of_bytes(root, str(result["report_key"])),
    ]


def _of_memory(checked: list[Trace], ended: Trace) -> Iterator[Figure]:
    begun, first, *_, last = checked
    rest = (last.memory - first.memory) / (last.done - first.done)
    tenth = max(first.memory - begun.memory, 1) / first.done
    yield Figure(f"memory a file, of {last.done}", rest, "B", "over the first tenth", tenth)
    rows, whole = ((each.memory - last.memory) / 2**20 for each in (ended, begun))
    yield Figure("memory for inserting all rows", rows, "MB", "for checking the files", -whole)


def _of_time(checked: list[Trace], hashing: float) -> Iterator[Figure]:
    begun, first, *_, last = checked
    each = 1000 * (_now(0).seconds - begun.seconds) / last.done
    yield Figure("a file, with its row", each, "ms", "read and hashed", 1000 * hashing / last.done)
    rest = 1000 * (last.seconds - first.seconds) / (last.done - first.done)
    tenth = 1000 * (first.seconds - begun.seconds) / first.done
    yield Figure("a file checked and stored", rest, "ms", "over the first tenth", tenth)


def _of_rows(written: list[Trace]) -> Figure:
    """What PostgreSQL works for it: the last pages against the first ones."""
    tenth = max(len(written) // STEPS, 1)
    early, late = written[: tenth + 1], written[-tenth - 1 :]
    before, now = (
        1000 * (pages[-1].database - pages[0].database) / (pages[-1].done - pages[0].done)
        for pages in (early, late)
    )
    return Figure("PostgreSQL's a row, last tenth", now, "ms", "of the first tenth", before)


def _of_bytes(root: Path, report_key: str) -> Iterator[Figure]:
    size = "pg_total_relation_size('images')::float8 / count(*), count(*) FROM images"
    with transaction() as db:
        row, images = db.execute(text(f"SELECT {size}")).one()
    store = open_store()
    assert isinstance(store, FolderStore)
    line = len(store.read(report_key)) / images
    yield Figure("row and indexes of a file", row, "B", "its line in the report", line)
    kept, there = (_size(place) / images for place in (store.root, root / "pool"))
    yield Figure("a file in the store", kept, "B", "as it was given", there)


def _size(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def _committed(
    project: Project, report: imports.Report, same: str | None, on_rows: Callable[[int], None]
) -> dict[str, object]:
    with transaction() as db:
        job = jobs.add(db, kind="import", project_id=project.id)
    with transaction() as db:
        claim = jobs.claim(db, job.id, worker="benchmark:1")
    assert claim is not None
    with transaction() as db:
        return imports.commit(db, open_store(), claim, report, digest=same, on_rows=on_rows)


def _now(done: int) -> Trace:
    memory = psutil.Process().memory_info().rss
    return Trace(done, memory, time.process_time(), tree_cpu_s(_postmaster()))


@cache
def _postmaster() -> int:
    with transaction() as db:
        backend = psutil.Process(db.scalar(text("SELECT pg_backend_pid()")))
    return backend.ppid()


if __name__ == "__main__":
    main([figures], __doc__)
