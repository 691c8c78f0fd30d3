"""Lease and submit through core, in one thread on a durable PostgreSQL.

The floor is what no queue can go below: two transactions that each write one row and wait for the
disk. A second figure compares a long queue with a short one: the index should make them equal.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import text

import migrations
from benchmarks import Figure, main
from benchmarks.queues import Queue, opened
from core import labels, regions
from core.db import engine, transaction
from core.settling import Effort
from core.store import open_store
from tessera import postgres
from tests.environment import settings_of

SHORT, LONG = 1_000, 200_000
SIDE_PX = 20
MASK = np.zeros((SIDE_PX, SIDE_PX), np.uint8)


def figures(*, quick: bool) -> list[Figure]:
    """Two figures: pairs against bare commits, a long queue against a short one."""
    with tempfile.TemporaryDirectory(prefix="tessera-") as name:
        folder = Path(name)
        with postgres.running(folder / "pgdata", folder, folder / "postgres.log") as url:
            migrations.upgrade(url)
            with settings_of(folder / "data", database_url=url):
                return _measure(50 if quick else 200)


def _measure(pairs: int) -> list[Figure]:
    floor = _seconds_each(_two_commits(), pairs)
    short, long = (
        _seconds_each(_pairs(opened(f"queue of {count}", count, SIDE_PX)), pairs)
        for count in (SHORT, LONG)
    )
    return [
        Figure("lease + submit", short * 1e3, "ms", "two one-row commits", floor * 1e3),
        Figure(f"the same of {LONG} open", long * 1e3, "ms", f"of {SHORT} open", short * 1e3),
    ]


def _seconds_each(once: Callable[[], None], pairs: int) -> float:
    once()
    started = time.perf_counter()
    for _ in range(pairs):
        once()
    return (time.perf_counter() - started) / pairs


def _two_commits() -> Callable[[], None]:
    with transaction() as db:
        db.execute(text("CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY)"))

    def once() -> None:
        for _ in range(2):
            with engine().begin() as connection:
                connection.execute(text("INSERT INTO floor DEFAULT VALUES"))

    return once


def _pairs(queue: Queue) -> Callable[[], None]:
    user, store = queue.owner, open_store()
    asked = {"project_id": queue.project.id, "user": user, "session": "bench", "count": 1}

    def once() -> None:
        with transaction() as db:
            (leased,), _ = regions.lease(db, **asked)
        with transaction() as db:
            held = regions.own_lease(db, leased.lease.id, user)
            region_id = leased.region.id
            labels.submit(db, store, held, region_id=region_id, mask=MASK, effort=Effort())

    return once


if __name__ == "__main__":
    main([figures], __doc__)
