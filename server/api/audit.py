"""The audit trail of a project."""

from typing import Annotated

from fastapi import APIRouter, Query

from core import trail
from core.errors import NotFound
from server.deps import Db, Pages
from server.problems import responses
from server.rights import ProjectAsAdmin
from server.schemas.audit import Event
from server.schemas.common import PageOf, page_of

router = APIRouter(tags=["audit"], responses=responses(NotFound))

Kind = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z_]+(\.[a-z_]+)?$",
        max_length=100,
        description="What happened, such as `cycle.started`, or its noun alone: `cycle`",
    ),
]
Of = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


@router.get("/projects/{project_id}/audit")
def list_events(
    project: ProjectAsAdmin,
    page: Pages,
    db: Db,
    *,
    kind: Kind = None,
    user_id: Of = None,
    cycle_id: Of = None,
) -> PageOf[Event]:
    """What happened in the project and who did it, the newest first."""
    found = trail.page(
        db, project.id, kind=kind, user_id=user_id, cycle_id=cycle_id, **page.asked()
    )
    names = trail.names(db, found)
    return page_of(found, lambda event: Event.of(event, names))
