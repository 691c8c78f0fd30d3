"""The audit trail, of a project or of everything, the newest first, by what happened and who did
it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import paging
from core.models import Cycle, Event, Project, User
from core.paging import Page

# What of an event names somebody beside whoever did it.
PEOPLE = ("member_id", "holder_id", "invited_id")


def page(
    db: Session,
    project_id: int | None,
    *,
    kind: str | None = None,
    user_id: int | None = None,
    cycle_id: int | None = None,
    limit: int,
    cursor: str | None,
) -> Page:
    """One page of events, of all projects and of none with `project_id` None. `kind` is a whole
    kind, or its noun alone, such as `cycle`."""
    found = select(Event)
    if project_id is not None:
        found = found.where(Event.project_id == project_id)
    if kind is not None:
        whole = "." in kind
        found = found.where(Event.kind == kind if whole else Event.kind.startswith(f"{kind}."))
    if user_id is not None:
        found = found.where(Event.user_id == user_id)
    if cycle_id is not None:
        found = found.where(Event.cycle_id == cycle_id)
    return paging.page(db, found, Event.id, limit=limit, cursor=cursor, newest_first=True)


def names(db: Session, found: Page) -> dict[int, str]:
    """The names of the users whom the events of a page tell of, by id."""
    ids = {event.user_id for event in found.items} | {
        event.data.get(role) for event in found.items for role in PEOPLE
    }
    rows = db.execute(select(User.id, User.name).where(User.id.in_(ids - {None})))
    return {user_id: name for user_id, name in rows}


def project_titles(db: Session, found: Page) -> dict[int, str]:
    """What the projects that the events of a page tell of are called, by id."""
    ids = {event.project_id for event in found.items} - {None}
    rows = db.execute(select(Project.id, Project.title, Project.name).where(Project.id.in_(ids)))
    return {project_id: title or name for project_id, title, name in rows}


def cycle_numbers(db: Session, found: Page) -> dict[int, int]:
    """The numbers of the cycles that the events of a page tell of, by id."""
    ids = {event.cycle_id for event in found.items} - {None}
    rows = db.execute(select(Cycle.id, Cycle.number).where(Cycle.id.in_(ids)))
    return {cycle_id: number for cycle_id, number in rows}
