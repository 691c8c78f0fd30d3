"""The door for what annotators do all day: who asks, and with which right, in one query.

Each gives plain values, not rows: its query is over when the route begins. So it is also the door
for what takes its time before it asks the database again.
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Query, Request

from core import access, projects, users
from core.access import Caller, Held
from core.db import transaction
from core.errors import Invalid, NotFound
from server import scopes
from server.deps import Id, Secret


class InProject(NamedTuple):
    """Somebody who has the role in the project that is needed."""

    caller: Caller
    project_id: int


class OnLease(NamedTuple):
    """Somebody with their lease on the region of the path."""

    caller: Caller
    held: Held


def in_project_as(least: str) -> Callable[..., InProject]:
    """Somebody with this role in the project, at least."""

    def dependency(request: Request, project_id: Id, secret: Secret) -> InProject:
        """Raises NoToken, InvalidToken, TooManyRequests, Forbidden, NotFound."""
        caller = access.to_project(secret, project_id)
        _admit(request, caller, f"project {project_id}", least)
        return InProject(caller, project_id)

    return dependency


def in_region(request: Request, region_id: Id, secret: Secret) -> tuple[Caller, Held | None]:
    """An annotator of the region's project, at least, and their lease of the query if it is one.

    Raises as `in_project_as` does: who may not is told so before what the query lacks.
    """
    caller, held = access.to_lease(secret, region_id, _lease_id(request))
    _admit(request, caller, f"region {region_id}")
    return caller, held


def _lease_id(request: Request) -> UUID | None:
    try:
        return UUID(request.query_params.get("lease_id", ""))
    except ValueError:
        return None


async def on_lease(
    entered: Annotated[tuple[Caller, Held | None], Depends(in_region)],
    region_id: Id,
    lease_id: UUID,
    epoch: Annotated[int, Query(ge=1, le=2**63 - 1)],
) -> OnLease:
    """An annotator with this lease on the region. Raises NotFound, Invalid for another epoch."""
    caller, held = entered
    if held is None:
        raise NotFound(f"You have no lease {lease_id} on region {region_id}.")
    if held.epoch != epoch:
        raise Invalid(f"Expected the epoch {held.epoch} of this lease; {epoch} was given.")
    return OnLease(caller, held)


def _admit(request: Request, caller: Caller, thing: str, least: str = "annotator") -> None:
    request.app.state.pace.step(caller.token_id)
    scopes.check(caller.scope, request)
    if caller.unused_lately:
        with transaction() as db:
            users.touch(db, caller.token_id)
    projects.require(caller.role, least, thing)


AnnotatorInProject = Annotated[InProject, Depends(in_project_as("annotator"))]
ReviewerInProject = Annotated[InProject, Depends(in_project_as("reviewer"))]
AnnotatorOnLease = Annotated[OnLease, Depends(on_lease)]
