"""The audit trail as a page, of a project or of everything, with filters in its address."""

from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from core import trail
from core.errors import CursorInvalid
from core.paging import Page
from server.deps import Db, Id
from server.pages.admin import frame
from server.pages.admin.frame import Shown, Site
from server.pages.session import Visitor
from server.schemas.audit import Event

NOUNS = (
    *("cycle", "region", "review", "member", "leases", "project", "image", "upload", "import"),
    *("export", "prediction", "control", "job", "webhook"),
)
# What happens to no project.
SITE_NOUNS = (*NOUNS, "user", "session", "token")
ON_A_PAGE = 100
Text = Annotated[str | None, Query(max_length=200)]

router = APIRouter(include_in_schema=False)


class Asked(NamedTuple):
    """What the address asks for; of what means nothing, nothing is asked."""

    kind: str | None
    user_id: int | None
    cursor: str | None


def asked(kind: Text = None, user_id: Text = None, cursor: Text = None) -> Asked:
    # An empty field of the form comes along too.
    number = int(user_id) if user_id and user_id.isdecimal() and len(user_id) < 19 else None
    return Asked(kind if kind in SITE_NOUNS else None, number, cursor)


Wanted = Annotated[Asked, Depends(asked)]


@router.get("/projects/{project_id}/audit")
def show_audit(project_id: Id, known: Visitor, db: Db, wanted: Wanted) -> Response:
    """For admins."""

    def draw(shown: Shown) -> Response:
        return shown.page("audit", "Audit", nouns=NOUNS, **_values(db, project_id, wanted))

    return frame.show(db, known, (project_id, "/audit"), draw, least="admin")


@router.get("/audit")
def show_site_audit(known: Visitor, db: Db, wanted: Wanted) -> Response:
    """Of all projects, and of what belongs to none. For site admins."""

    def draw(site: Site) -> Response:
        return site.page("audit", "Audit", nouns=SITE_NOUNS, **_values(db, None, wanted))

    return frame.show_site(db, known, "/audit", draw)


def _values(db: Session, project_id: int | None, wanted: Asked) -> dict[str, Any]:
    found = _page(db, project_id, wanted)
    names = trail.names(db, found)
    return {
        "events": [Event.of(event, names) for event in found.items],
        "names": names,
        "people": trail.PEOPLE,
        "numbers": trail.cycle_numbers(db, found),
        "titles": trail.project_titles(db, found) if project_id is None else {},
        "asked": wanted,
        "next_cursor": found.next_cursor,
        "path": "" if project_id is None else f"/projects/{project_id}",
    }


def _page(db: Session, project_id: int | None, wanted: Asked) -> Page:
    """From the start where the address holds a cursor that is none of ours."""

    def of(position: str | None) -> Page:
        kind, user_id, _ = wanted
        return trail.page(
            db, project_id, kind=kind, user_id=user_id, limit=ON_A_PAGE, cursor=position
        )

    try:
        return of(wanted.cursor)
    except CursorInvalid:
        return of(None)
