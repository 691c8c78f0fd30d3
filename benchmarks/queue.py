"""Lease and submit through core, in one thread on a durable PostgreSQL.

The floor is what no queue can go below: two transactions that each write one row and wait for the
disk. A second figure compares a long queue with a short one: the index should make them equal.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

import migrations
from benchmarks import Figure, main
from core import labels, projects, regions, users
from core.db import engine, transaction
from core.labels import Effort
from core.models import Cycle, Image, Project, User
from core.projects import ClassSpec
from core.store import open_store
from tessera import postgres
from tests.environment import settings_of

SHORT, LONG = 1_000, 200_000
MASK = np.zeros((20, 20), np.uint8)


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
    short, long = (_seconds_each(_pairs(_open_queue(count)), pairs) for count in (SHORT, LONG))
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


def _open_queue(count: int) -> tuple[Project, User]:
    """A project whose cycle has `count` open regions, all of one image."""
    with transaction() as db:
        owner = users.create(db, name=f"owner of {count}")
        classes = [ClassSpec(value, f"class {value}", "#336699") for value in range(2)]
        project = projects.create(
            db,
            name=f"queue of {count}",
            title="",
            cell_px=20,
            classes=classes,
            recipe={"name": "s4al-cpu"},
            by=owner,
        )
        regions.publish(db, _rows(count, _image(db, project), _cycle(db, project, owner)))
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE regions"))
    return project, owner


def _image(db: Session, project: Project) -> int:
    size = {"width": 20, "height": 20}
    names = {"name": "one", "split": "pool", "sha256": f"{project.id:064}", "key": "none"}
    row = insert(Image).values(project_id=project.id, mask_clicks=0, **names, **size)
    return db.scalars(row.returning(Image.id)).one()


def _cycle(db: Session, project: Project, owner: User) -> Cycle:
    cycle = Cycle(
        project_id=project.id,
        number=0,
        state="labelling",
        budget_regions=1,
        strategy={},
        recipe={},
        seed=0,
        auto=False,
        evaluate_test=False,
        manifest_digest="",
        manifest_summary={},
        started_by=owner.id,
    )
    db.add(cycle)
    db.flush()
    return cycle


def _rows(count: int, image_id: int, cycle: Cycle) -> list[dict[str, Any]]:
    same = {"project_id": cycle.project_id, "cycle_id": cycle.id, "image_id": image_id}
    box = {"left": 0, "top": 0, "width": 20, "height": 20}
    return [
        {**same, **box, "cell_row": rank, "cell_col": 0, "rank": rank, "source": "score"}
        for rank in range(count)
    ]


def _pairs(queue: tuple[Project, User]) -> Callable[[], None]:
    project, user = queue
    store = open_store()
    asked = {"project_id": project.id, "user": user, "session": "bench", "count": 1}

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
