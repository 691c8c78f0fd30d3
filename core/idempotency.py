"""Answers that a repeated request gets again, kept in the transaction of the work itself."""

import hashlib
from datetime import timedelta
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb
from sqlalchemy import delete, func
from sqlalchemy.orm import Session

from core.access import Somebody
from core.errors import IdempotencyKeyReused, Invalid
from core.models import IdempotencyKey
from core.statements import Statement

LONGEST_KEY = 200
KEPT = timedelta(days=7)

TAKE = Statement("""
INSERT INTO idempotency_keys (user_id, key, digest) VALUES (:user, :key, :digest)
ON CONFLICT DO NOTHING RETURNING key
""")
KNOWN = Statement("""
SELECT digest, status, body FROM idempotency_keys WHERE user_id = :user AND key = :key
""")
REMEMBER = Statement("""
UPDATE idempotency_keys SET status = :status, body = :body WHERE user_id = :user AND key = :key
""")


class Answer(NamedTuple):
    """A stored answer: HTTP status and JSON body."""

    status: int
    body: dict[str, Any]


def digest(*parts: str | bytes) -> str:
    """A digest of what makes two requests the same: method, path, query, body."""
    joined = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        joined.update(len(data).to_bytes(8, "big") + data)
    return joined.hexdigest()


def earlier(db: Session, user: Somebody, key: str, request: str) -> Answer | None:
    """The stored answer to the same request, or None after taking the key for this one.

    A second request with the key waits here until the first has committed or rolled back.
    Raises Invalid for an absurd key, IdempotencyKeyReused for another request.
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Invalid(f"Expected an Idempotency-Key of 1 to {LONGEST_KEY} characters.")
    if TAKE.row(db, user=user.id, key=key, digest=request):
        return None
    row = KNOWN.row(db, user=user.id, key=key)
    if row.digest != request:
        raise IdempotencyKeyReused(
            "This Idempotency-Key came with another request before; use a new key for each."
        )
    return Answer(row.status or 200, row.body or {})


def remember(db: Session, user: Somebody, key: str, answer: Answer) -> None:
    """Keep the answer; it commits with the work or not at all."""
    REMEMBER.rows(db, user=user.id, key=key, status=answer.status, body=Jsonb(answer.body))


def forget_old(db: Session) -> None:
    """Drop keys that nobody repeats any more."""
    db.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < func.now() - KEPT))
