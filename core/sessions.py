"""Signing in, by a token or by name and password, and how a password comes about.

A session is a token of its own kind, so it is listed, expires and is revoked like any other. An
invitation is one too, and good for one thing: choosing a password, once.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import audit, passwords, users
from core.errors import WrongPassword
from core.models import Token, User
from core.settings import settings

INVITATION_LIVES = timedelta(days=2)


def of_token(db: Session, secret: str) -> str:
    """A session for whoever has a live token, with no more rights and no longer life than it.

    Raises NoToken, InvalidToken.
    """
    user, token = users.authenticate(db, secret, ("token",))
    return _start(db, user, token)


def of_password(db: Session, name: str, password: str) -> str:
    """A session for whoever knows the password. Raises WrongPassword for a wrong name too."""
    user = db.scalar(select(User).where(User.name == name, User.disabled_at.is_(None)))
    stored = user.password if user else None
    if not passwords.matches(stored, password) or user is None or stored is None:
        raise WrongPassword("There is no such name with this password.")
    if passwords.outdated(stored):
        user.password = passwords.digest(password, of=user.name)
    return _start(db, user, None)


def _start(db: Session, user: User, parent: Token | None) -> str:
    lives = timedelta(seconds=settings().session_s)
    values: dict[str, Any] = {"parent_id": parent.id, "scope": parent.scope} if parent else {}
    token, secret = users.create_token(
        db, user, name="browser session", kind="session", expires_in=lives, **values
    )
    if parent and parent.expires_at is not None:
        token.expires_at = min(token.expires_at or parent.expires_at, parent.expires_at)
    audit.record(db, "session.started", user_id=user.id, token_id=token.id)
    return secret


def invite(db: Session, user: User, *, by: User) -> tuple[Token, str]:
    """An invitation to choose a password; it takes the place of an earlier one."""
    _end(db, user, "invitation")
    audit.record(db, "user.invited", user_id=by.id, invited_id=user.id)
    return users.create_token(
        db, user, name="invitation", kind="invitation", expires_in=INVITATION_LIVES
    )


def redeem(db: Session, secret: str, password: str) -> User:
    """Set the password of whoever was invited. Raises NoToken, InvalidToken, PasswordRefused."""
    user, _ = users.authenticate(db, secret, ("invitation",))
    set_password(db, user, password)
    return user


def change_password(db: Session, user: User, password: str, *, current: str) -> None:
    """Set one's own password; whoever has one already shows it. Raises as `set_password` does."""
    if user.password is not None and not passwords.matches(user.password, current):
        raise WrongPassword("The current password is another one.")
    set_password(db, user, password)


def set_password(db: Session, user: User, password: str) -> None:
    """Set it, and end every session and invitation. Raises PasswordRefused."""
    user.password = passwords.digest(password, of=user.name)
    for kind in ("session", "invitation"):
        _end(db, user, kind)
    audit.record(db, "user.password_set", user_id=user.id)


def _end(db: Session, user: User, kind: str) -> None:
    db.execute(
        update(Token)
        .where(Token.user_id == user.id, Token.kind == kind, Token.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )
