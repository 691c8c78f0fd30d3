"""Users and their tokens."""

from datetime import timedelta

from fastapi import Request, Response
from sqlalchemy import select

from core import limits, models, paging, sessions, users
from core.errors import NameTaken, NotFound, PasswordRefused, TooManyRequests, WrongPassword
from server import cookies, nouns
from server.deps import Caller, Db, OwnToken, OwnUser, Pages, SiteAdmin
from server.problems import responses
from server.schemas.common import PageOf, page_of
from server.schemas.users import NewPassword, NewToken, NewUser, SecretToken, Token, User

router = nouns.router("users")


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
def create_token(wanted: NewToken, owner: OwnUser, caller: Caller, db: Db) -> SecretToken:
    """Make a token. Its secret is in this answer and nowhere else."""
    days = wanted.expires_in_days
    expires_in = None if days is None else timedelta(days=days)
    token, secret = users.create_token(
        db, owner, by=caller, name=wanted.name, scope=wanted.scope, expires_in=expires_in
    )
    return SecretToken.shown(token, secret)


@router.post("/users/{user_id}/invitations", status_code=201, responses=responses(NotFound))
def invite_user(owner: OwnUser, caller: Caller, db: Db) -> SecretToken:
    """Make an invitation, with which the user chooses a password at `/welcome`, once.

    It ends after two days, and an earlier one at once.
    """
    return SecretToken.shown(*sessions.invite(db, owner, by=caller))


@router.put(
    "/users/me/password",
    status_code=204,
    responses=responses(PasswordRefused, WrongPassword, TooManyRequests),
)
def change_my_password(wanted: NewPassword, request: Request, caller: Caller, db: Db) -> Response:
    """Choose one's password. Every session of the pages ends."""
    limits.sign_in(cookies.address_of(request), caller.name)
    new, current = wanted.password.get_secret_value(), wanted.current.get_secret_value()
    sessions.change_password(db, caller, new, current=current)
    return Response(status_code=204)


@router.get("/users/{user_id}/tokens", responses=responses(NotFound))
def list_tokens(owner: OwnUser, page: Pages, db: Db) -> PageOf[Token]:
    """A user's tokens, without their secrets."""
    query = select(models.Token).where(models.Token.user_id == owner.id)
    return page_of(paging.page(db, query, models.Token.id, **page.asked()), Token.of)


@router.delete("/tokens/{token_id}", status_code=204, responses=responses(NotFound))
def revoke_token(token: OwnToken, caller: Caller, db: Db) -> Response:
    """End a token now. Ending it again changes nothing."""
    users.revoke(db, token, by=caller)
    return Response(status_code=204)
