"""A project whose queue has opened, with as many regions as asked for, all of one image."""

from dataclasses import dataclass

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from core import projects, users
from core.db import engine, transaction
from core.models import Cycle, Image, Project, User
from core.projects import ClassSpec

CLASSES = 2

REGIONS = text("""
INSERT INTO regions (project_id, cycle_id, image_id, cell_row, cell_col, "left", top, width, height,
                     priority, rank, source, state, epoch)
SELECT :project, :cycle, :image, rank, 0, 0, 0, :side, :side, 0, rank, 'score', 'open', 0
FROM generate_series(0, :count - 1) AS rank
""")


@dataclass(frozen=True)
class Queue:
    """An open queue: its project, the cycle, the image all cells are of, and who made it."""

    project: Project
    cycle: Cycle
    image_id: int
    owner: User
    side_px: int


def opened(name: str, count: int, side_px: int) -> Queue:
    """A new project with `count` open regions of `side_px` squared, and fresh statistics."""
    with transaction() as db:
        queue = _project(db, name, side_px)
        same = {"project": queue.project.id, "cycle": queue.cycle.id, "image": queue.image_id}
        db.execute(REGIONS, same | {"side": side_px, "count": count})
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE regions"))
    return queue


def _project(db: Session, name: str, side_px: int) -> Queue:
    owner = users.create(db, name=f"owner of {name}")
    classes = [ClassSpec(value, f"class {value}", "#336699") for value in range(CLASSES)]
    recipe = {"name": "s4al-cpu"}
    project = projects.create(
        db, name=name, title="", cell_px=side_px, classes=classes, recipe=recipe, by=owner
    )
    image_id = _image(db, project, side_px)
    return Queue(project, _cycle(db, project, owner), image_id, owner, side_px)


def _image(db: Session, project: Project, side_px: int) -> int:
    size = {"width": side_px, "height": side_px}
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
