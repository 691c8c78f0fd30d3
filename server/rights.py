"""Things that routes take as somebody with a role in their project.

Things of projects in which the caller has no role do not exist for them: 404, never 403.
"""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query

from core import projects, regions
from core.errors import Invalid, NotFound
from core.models import (
    Cycle,
    Delivery,
    Image,
    Job,
    Lease,
    Model,
    Project,
    Region,
    Review,
    Upload,
    Webhook,
)
from core.projects import Thing
from server.deps import LARGEST_ID, Caller, Db, Id


def project_as(least: str) -> Callable[..., Project]:
    def dependency(project_id: Id, db: Db, caller: Caller) -> Project:
        return projects.authorised(db, caller, project_id, least=least)

    return dependency


def thing_as(kind: type[Thing], least: str) -> Callable[..., Thing]:
    """The row that the path names, as `{kind}_id`, to those who have the role in its project."""
    # By its signature FastAPI learns what the path has to hold.
    name = f"{kind.__name__.lower()}_id"

    def dependency(
        db: Db, caller: Caller, row_id: int = Path(alias=name, ge=1, le=LARGEST_ID)
    ) -> Thing:
        return projects.thing(db, caller, kind, row_id=row_id, least=least)

    return dependency


ProjectAsAnnotator = Annotated[Project, Depends(project_as("annotator"))]
ProjectAsReviewer = Annotated[Project, Depends(project_as("reviewer"))]
ProjectAsAdmin = Annotated[Project, Depends(project_as("admin"))]
CycleAsAnnotator = Annotated[Cycle, Depends(thing_as(Cycle, "annotator"))]
CycleAsReviewer = Annotated[Cycle, Depends(thing_as(Cycle, "reviewer"))]
CycleAsAdmin = Annotated[Cycle, Depends(thing_as(Cycle, "admin"))]
ImageAsAnnotator = Annotated[Image, Depends(thing_as(Image, "annotator"))]
ImageAsReviewer = Annotated[Image, Depends(thing_as(Image, "reviewer"))]
ImageAsAdmin = Annotated[Image, Depends(thing_as(Image, "admin"))]
JobAsAnnotator = Annotated[Job, Depends(thing_as(Job, "annotator"))]
JobAsReviewer = Annotated[Job, Depends(thing_as(Job, "reviewer"))]
UploadAsAdmin = Annotated[Upload, Depends(thing_as(Upload, "admin"))]
JobAsAdmin = Annotated[Job, Depends(thing_as(Job, "admin"))]
ModelAsReviewer = Annotated[Model, Depends(thing_as(Model, "reviewer"))]
ReviewAsReviewer = Annotated[Review, Depends(thing_as(Review, "reviewer"))]
RegionAsReviewer = Annotated[Region, Depends(thing_as(Region, "reviewer"))]
WebhookAsAdmin = Annotated[Webhook, Depends(thing_as(Webhook, "admin"))]
DeliveryAsAdmin = Annotated[Delivery, Depends(thing_as(Delivery, "admin"))]
RegionAsAnnotator = Annotated[Region, Depends(thing_as(Region, "annotator"))]


def lease_on_region(
    region: RegionAsAnnotator,
    lease_id: UUID,
    *,
    epoch: Annotated[int, Query(ge=1, le=2**63 - 1)],
    caller: Caller,
    db: Db,
) -> Lease:
    """The caller's lease on the region. Raises NotFound, Invalid for an epoch of another one."""
    held = regions.own_lease(db, lease_id, caller)
    if held.region_id != region.id:
        raise NotFound(f"Your lease {lease_id} is not on region {region.id}.")
    if held.epoch != epoch:
        raise Invalid(f"Expected the epoch {held.epoch} of this lease; {epoch} was given.")
    return held


LeaseOnRegion = Annotated[Lease, Depends(lease_on_region)]
