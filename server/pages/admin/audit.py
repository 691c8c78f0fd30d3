"""The audit trail as a page, with filters in its address."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from core import trail
from core.errors import CursorInvalid
from core.paging import Page
from server.deps import Db, Id
from server.pages.admin import frame
from server.pages.admin.frame import Shown
from server.pages.session import Visitor
from server.schemas.audit import Event

NOUNS = ("cycle", "region", "job", "import", "member", "leases", "project")
ON_A_PAGE = 100
Text = Annotated[str | None, Query(max_length=200)]

router = APIRouter(include_in_schema=False)


@router.get("/projects/{project_id}/audit")
def show_audit(
    project_id: Id,
    known: Visitor,
    db: Db,
    *,
    kind: Text = None,
    user_id: Text = None,
    cursor: Text = None,
) -> Response:
    """For admins."""

    # An empty field of the form comes along too.
    number = int(user_id) if user_id and user_id.isdecimal() and len(user_id) < 19 else None
    noun = kind if kind in NOUNS else None

    def draw(shown: Shown) -> Response:
        found = _page(shown, noun, number, cursor)
        names = trail.names(db, found)
        return shown.page(
            "audit",
            "Audit",
            events=[Event.of(event, names) for event in found.items],
            names=names,
            numbers=trail.cycle_numbers(db, found),
            nouns=NOUNS,
            asked={"kind": noun, "user_id": number},
            next_cursor=found.next_cursor,
        )

    return frame.show(db, known, (project_id, "/audit"), draw, least="admin")


def _page(shown: Shown, kind: str | None, user_id: int | None, cursor: str | None) -> Page:
    """From the start where the address holds a cursor that is none of ours."""
    project_id = shown.project.id

    def of(position: str | None) -> Page:
        return trail.page(
            shown.db, project_id, kind=kind, user_id=user_id, limit=ON_A_PAGE, cursor=position
        )

    try:
        return of(cursor)
    except CursorInvalid:
        return of(None)
