"""What a visitor sees of the projects: how each is doing, and what the machine is doing now."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import projects, regions, reports, standing
from core.models import Member, Project, User
from core.models.cycles import OPEN_STATES
from server.pages.admin import multiples

SHOWN = 20


class Glance(NamedTuple):
    """A project: the visitor's role, its newest cycle's row (None without one), the line of its
    val mIoU as points of an SVG, regions by state and the stages of an open cycle."""

    project: Project
    role: str
    images: dict[str, int]
    newest: dict[str, Any] | None
    val_miou: float | None
    line: str
    counts: dict[str, int]
    stages: Sequence[Any]

    @property
    def running(self) -> bool:
        return self.newest is not None and self.newest["state"] in OPEN_STATES


def projects_of(db: Session, user: User) -> list[Glance]:
    """The newest projects in which the user has a role."""
    return [_glance(db, project, user) for project in _visible(db, user)]


def _visible(db: Session, user: User) -> Sequence[Project]:
    query = select(Project).order_by(Project.id.desc()).limit(SHOWN)
    if not user.is_admin:
        mine = select(Member.project_id).where(Member.user_id == user.id)
        query = query.where(Project.id.in_(mine))
    return db.scalars(query).all()


def _glance(db: Session, project: Project, user: User) -> Glance:
    rows = reports.cycle_rows(db, project.id)
    measured = [row["val_miou"] for row in rows if row["val_miou"] is not None]
    newest = rows[-1] if rows else None
    state = newest["state"] if newest else ""
    return Glance(
        project=project,
        role=projects.role_of(db, user, project.id) or "",
        images=projects.image_counts(db, project.id),
        newest=newest,
        val_miou=measured[-1] if measured else None,
        line=multiples.points(measured),
        counts=regions.counts(db, newest["cycle_id"]) if newest and state == "labelling" else {},
        stages=[
            stage
            for stage in standing.of_cycle(db, newest["cycle_id"])
            if stage.state in ("pending", "running")
        ]
        if newest and state in OPEN_STATES
        else [],
    )
