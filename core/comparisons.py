"""Other projects measured on the same validation images: full supervision, random selection.

What the labels of a project bought is judged beside them. They are found by the pixels of a
validation image, so nothing has to be configured.
"""

from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import reports
from core.models import Image, Member, Project, User

Kind = Literal["full", "random", "other"]
# Rounding and void leave a trace in the share of a pool whose every image has a mask.
ALL = 0.999
MOST = 8


def of(db: Session, project: Project, user: User) -> list[dict[str, Any]]:
    """Those that the user has a role in, each with its kind and its measured cycles."""
    first = (
        select(Image.sha256)
        .where(Image.project_id == project.id, Image.split == "val")
        .order_by(Image.id)
        .limit(1)
        .scalar_subquery()
    )
    twins = (
        select(Project)
        .join(Image, Image.project_id == Project.id)
        .where(Image.sha256 == first, Image.split == "val", Project.id != project.id)
        .order_by(Project.id.desc())
        .limit(MOST)
    )
    if not user.is_admin:
        mine = select(Member.project_id).where(Member.user_id == user.id)
        twins = twins.where(Project.id.in_(mine))
    found = [_measured(db, twin) for twin in db.scalars(twins)]
    return [each for each in found if each["cycles"]]


def _measured(db: Session, project: Project) -> dict[str, Any]:
    rows = reports.cycle_rows(db, project.id)
    measured = [row for row in rows if row["val_miou"] is not None]
    return {
        "project_id": project.id,
        "title": project.title or project.name,
        "kind": _kind(rows, measured),
        "cycles": measured,
    }


def _kind(rows: list[dict[str, Any]], measured: list[dict[str, Any]]) -> Kind:
    if measured and measured[-1]["labelled_share"] >= ALL:
        return "full"
    # A cycle that asks for nothing chooses nothing.
    chosen = [row["acquisition"] for row in rows if row["budget_regions"]]
    return "random" if chosen and set(chosen) == {"random"} else "other"
