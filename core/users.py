"""Users and their bearer tokens. Only a token's SHA-256 is kept; the token is shown once."""

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.errors import InvalidToken, NameTaken, NotFound, NoToken
from core.models import Token, User

PREFIX = "tes_"
# 40 letters of 62 are 238 random bits. The checksum tells a mistyped token, and a scanner of leaked
# secrets that it found one, without asking the database.
LETTERS = string.ascii_letters + string.digits
RANDOM_LETTERS = 40
FORMAT = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{RANDOM_LETTERS}}})_([0-9a-f]{{8}})")
# A token's first characters are kept, so that people can tell their tokens apart.
SHOWN = len(PREFIX) + 6
# What signs requests; an invitation does not.
SIGNED_IN = ("token", "session")
# Tokens that count, of users who do.
LIVE = """tokens.revoked_at IS NULL AND tokens.kind = ANY(:kinds)
AND (tokens.expires_at IS NULL OR tokens.expires_at > now()) AND users.disabled_at IS NULL"""
UNKNOWN = "The token is unknown, expired or revoked; ask an admin for a new one."


def create(db: Session, *, name: str, is_admin: bool = False, by: User | None = None) -> User:
    """A new user. Raises NameTaken."""
    user = User(name=name, is_admin=is_admin)
    try:
        with db.begin_nested():
            db.add(user)
    except IntegrityError:
        raise NameTaken(f"There is a user named {name!r} already; choose another name.") from None
    audit.record(db, "user.created", user_id=by.id if by else user.id, name=name)
    return user


def create_token(
    db: Session,
    user: User,
    *,
    expires_in: timedelta | None = None,
    by: User | None = None,
    **values: Any,
) -> tuple[Token, str]:
    """A new token: its row, and the secret that is never to be had again.

    `values` are columns of the row: its name, kind, scope and parent. `by` is who asked for one, to
    be noted down; what is a part of something else is noted with that.
    """
    secret = new_secret()
    token = _token_row(user, secret, **values)
    if expires_in is not None:
        token.expires_at = func.now() + expires_in
    db.add(token)
    db.flush()
    db.refresh(token)
    _note(db, "token.created", token, by)
    return token, secret


def _note(db: Session, kind: str, token: Token, by: User | None) -> None:
    if by is not None:
        audit.record(
            db, kind, user_id=by.id, token_id=token.id, holder_id=token.user_id, name=token.name
        )


def new_secret() -> str:
    """A random token: prefix, letters, checksum."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(RANDOM_LETTERS))
    return f"{PREFIX}{letters}_{_checksum(letters)}"


def _checksum(letters: str) -> str:
    return f"{zlib.crc32(letters.encode()):08x}"


def _token_row(user: User, secret: str, **values: Any) -> Token:
    return Token(user_id=user.id, prefix=secret[:SHOWN], digest=digest(secret), **values)


def digest(secret: str) -> str:
    """What is stored of a token. It has 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def authenticate(
    db: Session, secret: str | None, kinds: Sequence[str] = SIGNED_IN
) -> tuple[User, Token]:
    """The user whose live token of one of the kinds this is. Raises NoToken, InvalidToken."""
    known_as = checked_digest(secret)
    row = db.execute(
        select(User, Token)
        .join(Token, Token.user_id == User.id)
        .where(Token.digest == known_as, text(LIVE).bindparams(kinds=list(kinds)))
    ).one_or_none()
    if row is None:
        raise InvalidToken(UNKNOWN)
    return row.User, row.Token


def checked_digest(secret: str | None) -> str:
    """What is stored of the token that was sent. Raises NoToken, InvalidToken."""
    if not secret:
        raise NoToken("Send `Authorization: Bearer tes_...`; an admin makes tokens.")
    if is_mistyped(secret):
        raise InvalidToken("The token is mistyped or cut: its last 8 characters do not fit it.")
    return digest(secret)


def is_mistyped(secret: str) -> bool:
    """Whether it looks like one of our tokens and its checksum is another's."""
    ours = FORMAT.fullmatch(secret)
    return ours is not None and ours[2] != _checksum(ours[1])


def touch(db: Session, token_id: int) -> None:
    """Note that the token was used, at most once a minute: no write on the hot path."""
    stale = func.now() - timedelta(minutes=1)
    db.execute(
        update(Token)
        .where(Token.id == token_id)
        .where(or_(Token.last_used_at.is_(None), Token.last_used_at < stale))
        .values(last_used_at=func.now())
    )


def revoke(db: Session, token: Token, *, by: User | None = None) -> None:
    """End a token now, and the sessions made of it; ending it again changes nothing. `by` is noted
    down; who signs out is not."""
    if token.revoked_at is None:
        _note(db, "token.revoked", token, by)
    db.execute(
        update(Token)
        .where(or_(Token.id == token.id, Token.parent_id == token.id))
        .where(Token.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )


def get(db: Session, user_id: int) -> User:
    """The user. Raises NotFound."""
    user = db.get(User, user_id)
    if user is None:
        raise NotFound(f"There is no user {user_id}.")
    return user


def bootstrap(db: Session, secret: str) -> None:
    """Make the first site admin, with this token, if there is no user yet.

    In a database that has users, the token is given to the admin anew, so that a local stack
    that lost its token file can sign in again.
    """
    db.execute(select(func.pg_advisory_xact_lock(7_355_609)))
    admin = db.scalar(select(User).where(User.is_admin).order_by(User.id).limit(1))
    if admin is None:
        admin = create(db, name="admin", is_admin=True)
    if db.scalar(select(Token.id).where(Token.digest == digest(secret))) is None:
        db.add(_token_row(admin, secret, name="bootstrap"))
