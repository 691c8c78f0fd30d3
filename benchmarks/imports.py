"""What an import of many files costs: its resident memory as it goes, and its seconds.

Pictures of 8x8 pixels, a tenth of them with masks, are made below `TMPDIR`; each is checked, stored
and inserted. The floor of the slope of memory is the one of the first tenth, in which everything is
met once.
"""

import struct
import time
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from benchmarks import Figure, main
from benchmarks.scale import postgres
from core import imports, jobs, projects, repeats, users
from core.db import transaction
from core.imports import Request
from core.models import Project
from core.places import Folder
from core.projects import ClassSpec
from core.store import open_store

STEPS = 10
CLASSES = [ClassSpec(value, name, "#336699") for value, name in enumerate(("sky", "road"))]


def figures(*, quick: bool) -> list[Figure]:
    """Resident memory after each tenth of the files; the whole import, then the same again."""
    number = 1_000 if quick else 100_000
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


def _imported(root: Path, number: int) -> list[Figure]:
    with transaction() as db:
        owner = users.create(db, name="importer")
        about = {"title": "", "cell_px": 8, "recipe": {"name": "s4al-cpu"}, "by": owner}
        project = projects.create(db, name="many", classes=CLASSES, **about)
        classes = imports.known_classes(db, project.id)
    place, wanted, memory = Folder(root), Request(layout="plain"), [_resident()]

    def on_file(done: int, _total: int) -> None:
        if done % (number // STEPS) == 0:
            memory.append(_resident())

    begun = time.process_time()
    same = repeats.digest(wanted, classes, place, lambda _: None)
    hashed = time.process_time()
    report = imports.examine(wanted, classes, open_store(), on_file, place=place)
    result = _committed(project, report, same)
    ended = time.process_time()
    memory.append(_resident())
    assert result["added"] == number, result
    first, rest = memory[1] - memory[0], memory[-2] - memory[1]
    each = (memory[-2] - memory[1]) / (number * 0.9)
    first = max(memory[1] - memory[0], 1) / (number * 0.1)
    rows, checked = (memory[-1] - memory[-2]) / 2**20, (memory[-2] - memory[0]) / 2**20
    hashing, rest = hashed - begun, ended - hashed
    return [
        Figure(f"memory per file of {number}", each, "B", "over the first tenth", first),
        Figure("memory for inserting all rows", rows, "MB", "for checking the files", checked),
        Figure("checking, storing, inserting all", rest, "s", "reading and hashing them", hashing),
    ]


def _committed(project: Project, report: imports.Report, same: str | None) -> dict[str, object]:
    with transaction() as db:
        job = jobs.add(db, kind="import", project_id=project.id)
    with transaction() as db:
        claim = jobs.claim(db, job.id, worker="benchmark:1")
    assert claim is not None
    with transaction() as db:
        return imports.commit(db, open_store(), claim, report, digest=same)


def _resident() -> int:
    return psutil.Process().memory_info().rss


if __name__ == "__main__":
    main([figures], __doc__)
