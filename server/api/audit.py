"""The audit trail of a project, and of everything."""

from typing import Annotated, Any

from fastapi import Depends, Query

from core import trail
from core.errors import NotFound
from server import nouns
from server.deps import LARGEST_ID, Db, Pages, SiteAdmin
from server.rights import ProjectAsAdmin
from server.schemas.audit import Event
from server.schemas.common import PageOf, page_of

router = nouns.router("audit", NotFound)

Kind = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z_]+(\.[a-z_]+)?$",
        max_length=100,
        description="What happened, such as `cycle.started`, or its noun alone: `cycle`",
    ),
]
Of = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


def filters(kind: Kind = None, user_id: Of = None, cycle_id: Of = None) -> dict[str, Any]:
    return {"kind": kind, "user_id": user_id, "cycle_id": cycle_id}


Filters = Annotated[dict[str, Any], Depends(filters)]


@router.get("/projects/{project_id}/audit")
def list_events(project: ProjectAsAdmin, page: Pages, wanted: Filters, db: Db) -> PageOf[Event]:
    """What happened in the project and who did it, the newest first."""
    found = trail.page(db, project.id, **wanted, **page.asked())
    names = trail.names(db, found)
    return page_of(found, lambda event: Event.of(event, names))


@router.get("/audit")
def list_all_events(
    admin: SiteAdmin,  # noqa: ARG001
    page: Pages,
    wanted: Filters,
    db: Db,
) -> PageOf[Event]:
    """What happened in all projects, and to users and tokens, the newest first. Site admins
    only."""
    found = trail.page(db, None, **wanted, **page.asked())
    names = trail.names(db, found)
    return page_of(found, lambda event: Event.of(event, names))
