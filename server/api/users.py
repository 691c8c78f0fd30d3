"""Users and their tokens."""

from datetime import timedelta

from fastapi import APIRouter, Response
from sqlalchemy import select

from core import models, paging, users
from core.errors import NameTaken, NotFound
from server.deps import Caller, Db, OwnToken, OwnUser, Pages, SiteAdmin
from server.problems import responses
from server.schemas.common import PageOf, page_of
from server.schemas.users import NewToken, NewUser, SecretToken, Token, User

router = APIRouter(tags=["users"])


@router.post("/users", status_code=201, responses=responses(NameTaken))
def create_user(wanted: NewUser, admin: SiteAdmin, db: Db) -> User:
    """Make a user. Site admins only; the user needs a token to sign in."""
    return User.of(users.create(db, name=wanted.name, is_admin=wanted.is_admin, by=admin))


@router.get("/users")
def list_users(page: Pages, admin: SiteAdmin, db: Db) -> PageOf[User]:
    """All users. Site admins only."""
    del admin
    found = paging.page(db, select(models.User), models.User.id, **page.asked())
    return page_of(found, User.of)


@router.get("/users/me")
def show_me(caller: Caller) -> User:
    """The user whose token this is."""
    return User.of(caller)


@router.post("/users/{user_id}/tokens", status_code=201, responses=responses(NotFound))
def create_token(wanted: NewToken, owner: OwnUser, db: Db) -> SecretToken:
    """Make a token. Its secret is in this answer and nowhere else."""
    days = wanted.expires_in_days
    expires_in = None if days is None else timedelta(days=days)
    token, secret = users.create_token(db, owner, name=wanted.name, expires_in=expires_in)
    return SecretToken.shown(token, secret)


@router.get("/users/{user_id}/tokens", responses=responses(NotFound))
def list_tokens(owner: OwnUser, page: Pages, db: Db) -> PageOf[Token]:
    """A user's tokens, without their secrets."""
    query = select(models.Token).where(models.Token.user_id == owner.id)
    return page_of(paging.page(db, query, models.Token.id, **page.asked()), Token.of)


@router.delete("/tokens/{token_id}", status_code=204, responses=responses(NotFound))
def revoke_token(token: OwnToken, db: Db) -> Response:
    """End a token now. Ending it again changes nothing."""
    users.revoke(db, token)
    return Response(status_code=204)
