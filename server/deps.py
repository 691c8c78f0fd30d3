"""What routes ask for in their signatures: the transaction, who calls, and with which right.

A route that names neither a caller nor a thing "as" some role is public, and looks it. Things of
projects in which the caller has no role do not exist for them: 404, never 403.

What asks the database is `def` and runs in a thread; what only hands something over is
`async def`, which spares it the way to a thread and back.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from core import disk, projects, regions, users
from core.db import transaction
from core.errors import Forbidden, Invalid, NotFound
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
    Token,
    Upload,
    User,
    Webhook,
)
from core.store import Store as FileStore
from core.store import open_store
from server import cookies, scopes
from server.crops import Crops
from server.segments import Segmented as Superpixels

# Ids are 64-bit numbers in the database.
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]

READING = ("GET", "HEAD")

bearer = HTTPBearer(auto_error=False, description="A token of a user: `tes_...`")


def session() -> Iterator[Session]:
    """One transaction per request."""
    with transaction() as db:
        yield db


# Function scope: the commit comes before the response, so that a failed one is not answered 200.
Db = Annotated[Session, Depends(session, scope="function")]


async def store(request: Request) -> FileStore:
    """The file store of the settings. Raises DiskFull where a change would have to write to it."""
    if request.method not in READING:
        disk.require_room()
    return open_store()


Store = Annotated[FileStore, Depends(store)]


async def crops(request: Request) -> Crops:
    """The application's cache of decoded images."""
    found: Crops = request.app.state.crops
    return found


Cut = Annotated[Crops, Depends(crops)]


async def segmented(request: Request) -> Superpixels:
    """The application's cache of superpixels."""
    found: Superpixels = request.app.state.segmented
    return found


Segmented = Annotated[Superpixels, Depends(segmented)]


async def raw_body(request: Request) -> bytes:
    """The body as it came; the edge has read and bounded it."""
    return await request.body()


RawBody = Annotated[bytes, Depends(raw_body)]


async def secret(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> str | None:
    """The bearer token, else the session cookie of our pages. Raises Forbidden."""
    return credentials.credentials if credentials else cookies.session_of(request)


Secret = Annotated[str | None, Depends(secret)]


def caller(request: Request, db: Db, secret: Secret) -> User:
    """Whose token came with the request.

    Raises NoToken, InvalidToken, Forbidden by its scope, TooManyRequests.
    """
    user, token = users.authenticate(db, secret)
    request.app.state.pace.step(token.id)
    scopes.check(token.scope, request)
    if _unused_lately(token):
        users.touch(db, token.id)
    return user


def _unused_lately(token: Token) -> bool:
    used = token.last_used_at
    return used is None or used < datetime.now(UTC) - timedelta(minutes=1)


Caller = Annotated[User, Depends(caller)]


async def site_admin(caller: Caller) -> User:
    """The caller, who has to be a site admin. Raises Forbidden."""
    if not caller.is_admin:
        raise Forbidden("This needs a site admin.")
    return caller


SiteAdmin = Annotated[User, Depends(site_admin)]


def own_user(user_id: Id, db: Db, caller: Caller) -> User:
    """The user of the path: the caller, or anyone for a site admin. Raises NotFound."""
    if caller.id == user_id:
        return caller
    if not caller.is_admin:
        raise NotFound(f"There is no user {user_id}, or it is not you.")
    return users.get(db, user_id)


OwnUser = Annotated[User, Depends(own_user)]


def own_token(token_id: Id, db: Db, caller: Caller) -> Token:
    """The token of the path: the caller's, or anyone's for a site admin. Raises NotFound."""
    found = db.get(Token, token_id)
    if found is None or (found.user_id != caller.id and not caller.is_admin):
        raise NotFound(f"There is no token {token_id}, or it is not yours.")
    return found


OwnToken = Annotated[Token, Depends(own_token)]


def own_lease(lease_id: UUID, db: Db, caller: Caller) -> Lease:
    """The caller's lease. Raises NotFound, also for those who have left the project."""
    held = regions.own_lease(db, lease_id, caller)
    if projects.role_of(db, caller, held.project_id) is None:
        raise NotFound(f"You have no lease {lease_id}.")
    return held


OwnLease = Annotated[Lease, Depends(own_lease)]


def project_as(least: str) -> Callable[..., Project]:
    def dependency(project_id: Id, db: Db, caller: Caller) -> Project:
        return projects.authorised(db, caller, project_id, least=least)

    return dependency


def cycle_as(least: str) -> Callable[..., Cycle]:
    def dependency(cycle_id: Id, db: Db, caller: Caller) -> Cycle:
        return projects.thing(db, caller, Cycle, row_id=cycle_id, least=least)

    return dependency


def image_as(least: str) -> Callable[..., Image]:
    def dependency(image_id: Id, db: Db, caller: Caller) -> Image:
        return projects.thing(db, caller, Image, row_id=image_id, least=least)

    return dependency


def job_as(least: str) -> Callable[..., Job]:
    def dependency(job_id: Id, db: Db, caller: Caller) -> Job:
        return projects.thing(db, caller, Job, row_id=job_id, least=least)

    return dependency


def upload_as(least: str) -> Callable[..., Upload]:
    def dependency(upload_id: Id, db: Db, caller: Caller) -> Upload:
        return projects.thing(db, caller, Upload, row_id=upload_id, least=least)

    return dependency


def region_as(least: str) -> Callable[..., Region]:
    def dependency(region_id: Id, db: Db, caller: Caller) -> Region:
        return projects.thing(db, caller, Region, row_id=region_id, least=least)

    return dependency


def review_as(least: str) -> Callable[..., Review]:
    def dependency(review_id: Id, db: Db, caller: Caller) -> Review:
        return projects.thing(db, caller, Review, row_id=review_id, least=least)

    return dependency


def model_as(least: str) -> Callable[..., Model]:
    def dependency(model_id: Id, db: Db, caller: Caller) -> Model:
        return projects.thing(db, caller, Model, row_id=model_id, least=least)

    return dependency


def webhook_as(least: str) -> Callable[..., Webhook]:
    def dependency(webhook_id: Id, db: Db, caller: Caller) -> Webhook:
        return projects.thing(db, caller, Webhook, row_id=webhook_id, least=least)

    return dependency


def delivery_as(least: str) -> Callable[..., Delivery]:
    def dependency(delivery_id: Id, db: Db, caller: Caller) -> Delivery:
        return projects.thing(db, caller, Delivery, row_id=delivery_id, least=least)

    return dependency


ProjectAsAnnotator = Annotated[Project, Depends(project_as("annotator"))]
ProjectAsReviewer = Annotated[Project, Depends(project_as("reviewer"))]
ProjectAsAdmin = Annotated[Project, Depends(project_as("admin"))]
CycleAsAnnotator = Annotated[Cycle, Depends(cycle_as("annotator"))]
CycleAsReviewer = Annotated[Cycle, Depends(cycle_as("reviewer"))]
CycleAsAdmin = Annotated[Cycle, Depends(cycle_as("admin"))]
ImageAsAnnotator = Annotated[Image, Depends(image_as("annotator"))]
ImageAsReviewer = Annotated[Image, Depends(image_as("reviewer"))]
ImageAsAdmin = Annotated[Image, Depends(image_as("admin"))]
JobAsAnnotator = Annotated[Job, Depends(job_as("annotator"))]
JobAsReviewer = Annotated[Job, Depends(job_as("reviewer"))]
UploadAsAdmin = Annotated[Upload, Depends(upload_as("admin"))]
JobAsAdmin = Annotated[Job, Depends(job_as("admin"))]
ModelAsReviewer = Annotated[Model, Depends(model_as("reviewer"))]
ReviewAsReviewer = Annotated[Review, Depends(review_as("reviewer"))]
RegionAsReviewer = Annotated[Region, Depends(region_as("reviewer"))]
WebhookAsAdmin = Annotated[Webhook, Depends(webhook_as("admin"))]
DeliveryAsAdmin = Annotated[Delivery, Depends(delivery_as("admin"))]
RegionAsAnnotator = Annotated[Region, Depends(region_as("annotator"))]


def lease_on_region(
    region: RegionAsAnnotator,
    lease_id: UUID,
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


class Paging(NamedTuple):
    """Which page is asked for."""

    limit: int
    cursor: str | None

    def asked(self) -> dict[str, Any]:
        return {"limit": self.limit, "cursor": self.cursor}


async def paging(
    limit: Annotated[int, Query(ge=1, le=200, description="Items on a page")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before")
    ] = None,
) -> Paging:
    return Paging(limit, cursor)


Pages = Annotated[Paging, Depends(paging)]
