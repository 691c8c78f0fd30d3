"""What a larger pool costs: seconds and bytes an image, a region and a cell, at two sizes each.

Rows are written by the database itself; what is measured are the statements and functions of the
service on them. A slope of 1 means ten times as many cost ten times as much. The floor of each
figure is the same at a tenth of the size.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import select, text

from benchmarks import Figure, main, queues
from core import paging, plans, regions, shards
from core.db import engine, transaction
from core.models import Image, Project
from ml import facts
from tests import services
from tests.environment import settings_of

CELL_PX, WIDTH, HEIGHT = 30, 480, 360
ROUNDS = 5
TIMED = (("count open cells", "ms"), ("cut into shards", "ms"), ("a page in the middle", "ms"))
IMAGES = text("""
INSERT INTO images (project_id, name, split, width, height, sha256, key, mask_clicks)
SELECT :project, 'street/' || lpad(n::text, 9, '0'), 'pool', :width, :height,
       md5(n::text) || md5('b' || n), 'sha256/' || md5(n::text) || md5('b' || n), 0
FROM generate_series(cast(:first AS int), cast(:last AS int)) AS n
""")


def figures(*, quick: bool) -> list[Figure]:
    """Rows by their number; then what a cell costs in the file of scores."""
    sizes = (1_000, 10_000) if quick else (100_000, 1_000_000)
    with postgres():
        return [*of_images(*sizes), *of_regions(*sizes), *of_cells()]


@contextmanager
def postgres() -> Iterator[None]:
    """A server and a database for this run alone."""
    with (
        TemporaryDirectory() as folder,
        services.postgres_server() as server,
        services.template_database(server) as template,
        services.empty_database(server, template) as url,
        settings_of(Path(folder), database_url=url),
    ):
        yield


def of_images(few: int, many: int) -> Iterator[Figure]:
    """Bytes of a row with its indexes; the statements that go over, or into, the whole pool."""
    project = queues.opened("images", 1, CELL_PX).project
    seen = {number: _with_images(project, number) for number in (few, many)}
    for name, unit in TIMED:
        yield _figure(f"{name}, {many} images", seen[many][name], unit, few, seen[few][name])
    yield _figure("row and indexes of an image", seen[many]["bytes"], "B", few, seen[few]["bytes"])


def _with_images(project: Project, number: int) -> dict[str, float]:
    with transaction() as db:
        there = db.scalar(text("SELECT count(*) FROM images")) or 0
        about = {"project": project.id, "width": WIDTH, "height": HEIGHT}
        db.execute(IMAGES, about | {"first": there, "last": number - 1})
    _settle("images")
    query = select(Image).where(Image.project_id == project.id)
    middle = paging.encode(number // 2)
    with transaction() as db:
        return {
            "count open cells": _ms(lambda: plans.open_cells(db, project)),
            "cut into shards": _ms(lambda: shards.ranges(db, project.id)),
            "a page in the middle": _ms(
                lambda: paging.page(db, query, Image.id, limit=50, cursor=middle)
            ),
            "bytes": _bytes("images") / number,
        }


def of_regions(few: int, many: int) -> Iterator[Figure]:
    """Bytes of a chosen cell; leasing the next one of so many."""
    seen = {}
    for number in (few, many):
        queue = queues.opened(f"regions {number}", number, CELL_PX)
        asked = {"project_id": queue.project.id, "user": queue.owner, "session": "scale"}
        with transaction() as db:
            lease = _ms(lambda db=db, asked=asked: regions.lease(db, count=1, **asked))
        seen[number] = (lease, _bytes("regions") / _rows("regions"))
    yield _figure(f"lease of {many} open regions", seen[many][0], "ms", few, seen[few][0])
    yield _figure("row and indexes of a region", seen[many][1], "B", few, seen[few][1])


def of_cells() -> Iterator[Figure]:
    """Bytes of a cell in the files of scores, and of an image in the spec of a stage."""
    rows, columns = -(-HEIGHT // CELL_PX), -(-WIDTH // CELL_PX)
    kept = (facts.KEPT, rows, columns)
    whole = facts.Facts(
        classes=np.zeros(kept, np.uint8), shares=np.zeros(kept, np.uint8),
        doubted=np.zeros(kept, np.uint8), doubts=np.zeros(kept, np.float16),
        clicks=np.zeros((rows, columns), np.float32),
    )  # fmt: skip
    packed = len(facts.pack({str(number): whole for number in range(100)})) / 100
    cell = packed / (rows * columns) + np.dtype(np.float32).itemsize
    yield Figure("a cell in the files of scores", cell, "B", "score alone", 4.0)
    about = {"id": "100000000", "path": f"/data/store/sha256/ab/{'0' * 64}", "width": WIDTH}
    line = len(json.dumps(about | {"height": HEIGHT, "patches": [], "tags": None}))
    yield Figure("an image in a stage's spec", line, "B", "its digest", 64.0)


def _figure(name: str, value: float, unit: str, few: int, floor: float) -> Figure:
    return Figure(name, value, unit, f"of {few}", floor)


def _ms(work: Callable[[], object]) -> float:
    """The median of a few rounds, after one that warms up."""
    taken = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return float(np.median(taken[1:]))


def _bytes(table: str) -> float:
    with engine().connect() as connection:
        found = connection.scalar(text("SELECT pg_total_relation_size(:name)"), {"name": table})
        return float(found or 0)


def _rows(table: str) -> int:
    with engine().connect() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def _settle(table: str) -> None:
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM ANALYZE {table}"))


if __name__ == "__main__":
    main([figures], __doc__)
