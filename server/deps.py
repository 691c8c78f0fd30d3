"""What routes ask for in their signatures: the transaction, who calls, and with which right.

A route that names neither a caller nor a thing "as" some role is public, and looks it. Things of
projects in which the caller has no role do not exist for them: 404, never 403.

What asks the database is `def` and runs in a thread; what only hands something over is
`async def`, which spares it the way to a thread and back.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from core import disk, projects, regions, users
from core.db import transaction
from core.errors import Forbidden, NotFound
from core.models import (
    Lease,
    Token,
    User,
)
from core.store import Store as FileStore
from core.store import open_store
from server import cookies, scopes
from server.crops import Crops
from server.segments import Segmented as Superpixels

# Ids are 64-bit numbers in the database.
LARGEST_ID = 2**63 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]

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
