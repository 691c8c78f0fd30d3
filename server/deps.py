"""What routes ask for in their signatures: the transaction, who calls, and with which right.

A route that names neither a caller nor a thing "as" some role is public, and looks it. Things of
projects in which the caller has no role do not exist for them: 404, never 403.

What asks the database is `def` and runs in a thread; what only hands something over is
`async def`, which spares it the way to a thread and back.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple, TypeVar
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from core import projects, regions, users
from core.db import transaction
from core.errors import Forbidden, NotFound
from core.models import Cycle, Image, Job, Lease, Project, Region, Token, User
from core.store import Store as FileStore
from core.store import open_store
from server import cookies
from server.crops import Crops

# Ids are 64-bit numbers in the database.
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]

Thing = TypeVar("Thing", Cycle, Image, Job, Region)

bearer = HTTPBearer(auto_error=False, description="A token of a user: `tes_...`")


def session() -> Iterator[Session]:
    """One transaction per request."""
    with transaction() as db:
        yield db


# Function scope: the commit comes before the response, so that a failed one is not answered 200.
Db = Annotated[Session, Depends(session, scope="function")]


async def store() -> FileStore:
    """The file store of the settings."""
    return open_store()


Store = Annotated[FileStore, Depends(store)]


async def crops(request: Request) -> Crops:
    """The application's cache of decoded images."""
    found: Crops = request.app.state.crops
    return found


Cut = Annotated[Crops, Depends(crops)]


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


def caller(db: Db, secret: Secret) -> User:
    """Whose token came with the request. Raises NoToken, InvalidToken."""
    user, token = users.authenticate(db, secret)
    if _unused_lately(token):
        users.touch(db, token)
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
    """The lease of the path or query, if the caller holds it and still has a role there."""
    return held_by(db, caller, lease_id)


def held_by(db: Session, caller: User, lease_id: UUID) -> Lease:
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
        return _of_project(db, caller, least, db.get(Cycle, cycle_id), f"cycle {cycle_id}")

    return dependency


def image_as(least: str) -> Callable[..., Image]:
    def dependency(image_id: Id, db: Db, caller: Caller) -> Image:
        return _of_project(db, caller, least, db.get(Image, image_id), f"image {image_id}")

    return dependency


def job_as(least: str) -> Callable[..., Job]:
    def dependency(job_id: Id, db: Db, caller: Caller) -> Job:
        return _of_project(db, caller, least, db.get(Job, job_id), f"job {job_id}")

    return dependency


def region_as(least: str) -> Callable[..., Region]:
    def dependency(region_id: Id, db: Db, caller: Caller) -> Region:
        return _of_project(db, caller, least, db.get(Region, region_id), f"region {region_id}")

    return dependency


def _of_project(db: Session, caller: User, least: str, row: Thing | None, what: str) -> Thing:
    if row is None or projects.role_of(db, caller, row.project_id) is None:
        raise NotFound(f"There is no {what}, or you have no role in its project.")
    projects.authorised(db, caller, row.project_id, least=least)
    return row


ProjectAsAnnotator = Annotated[Project, Depends(project_as("annotator"))]
ProjectAsReviewer = Annotated[Project, Depends(project_as("reviewer"))]
ProjectAsAdmin = Annotated[Project, Depends(project_as("admin"))]
CycleAsAnnotator = Annotated[Cycle, Depends(cycle_as("annotator"))]
CycleAsAdmin = Annotated[Cycle, Depends(cycle_as("admin"))]
ImageAsAnnotator = Annotated[Image, Depends(image_as("annotator"))]
ImageAsReviewer = Annotated[Image, Depends(image_as("reviewer"))]
JobAsAnnotator = Annotated[Job, Depends(job_as("annotator"))]
JobAsReviewer = Annotated[Job, Depends(job_as("reviewer"))]
JobAsAdmin = Annotated[Job, Depends(job_as("admin"))]
RegionAsAnnotator = Annotated[Region, Depends(region_as("annotator"))]


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
