"""Who asks, and what they may do with a thing, in one statement.

For what annotators do all day; everything else asks `users` and `projects` one after the other.
"""

from typing import Any, NamedTuple, Protocol
from uuid import UUID

from core import users
from core.errors import InvalidToken
from core.masks import Size
from core.statements import Statement

CALLER = f"""
SELECT users.id, users.is_admin, tokens.id AS token_id, tokens.scope,
       coalesce(tokens.last_used_at < now() - interval '1 minute', true) AS unused_lately,
       CASE WHEN users.is_admin AND thing.id IS NOT NULL THEN 'admin' ELSE members.role END AS role
       {{columns}}
FROM tokens JOIN users ON users.id = tokens.user_id LEFT JOIN {{thing}}
LEFT JOIN members ON members.project_id = {{project}} AND members.user_id = users.id
{{joins}}
WHERE tokens.digest = :digest AND {users.LIVE}
"""
TO_PROJECT = Statement(
    CALLER.format(
        columns="", thing="projects thing ON thing.id = :id", project="thing.id", joins=""
    )
)
TO_REGION = Statement(
    CALLER.format(
        columns=""", thing.project_id, thing.cycle_id, thing.width, thing.height,
        thing.suggestion_key, thing.suggestion_withheld, held.epoch,
        array(SELECT value FROM classes c WHERE c.project_id = thing.project_id) AS classes""",
        thing="regions thing ON thing.id = :id",
        project="thing.project_id",
        joins="LEFT JOIN leases held ON held.id = :lease AND held.user_id = users.id"
        " AND held.region_id = thing.id",
    )
)


class Somebody(Protocol):
    """A user, or what is known of one."""

    @property
    def id(self) -> int: ...


class Caller(NamedTuple):
    """The user `id`, by which token, and the role in the thing's project; None without any."""

    id: int
    is_admin: bool
    token_id: int
    scope: str
    unused_lately: bool
    role: str | None


class Held(NamedTuple):
    """A lease of the caller's, and what a mask of its region has to be like."""

    id: UUID
    epoch: int
    user_id: int
    region_id: int
    project_id: int
    cycle_id: int
    size: Size
    classes: frozenset[int]
    suggestion_key: str | None
    suggestion_withheld: bool


def to_project(secret: str | None, project_id: int) -> Caller:
    """The caller, as somebody in the project. Raises NoToken, InvalidToken."""
    return Caller(*_found(TO_PROJECT, secret, id=project_id))


def to_lease(
    secret: str | None, region_id: int, lease_id: UUID | None
) -> tuple[Caller, Held | None]:
    """The caller, as somebody in the region's project, and their lease on it if they have one.

    Raises NoToken, InvalidToken.
    """
    row = _found(TO_REGION, secret, id=region_id, lease=lease_id)
    caller = Caller(*row[:6])
    if lease_id is None or row.epoch is None:
        return caller, None
    return caller, Held(
        id=lease_id,
        epoch=row.epoch,
        user_id=caller.id,
        region_id=region_id,
        project_id=row.project_id,
        cycle_id=row.cycle_id,
        size=Size(row.width, row.height),
        classes=frozenset(row.classes),
        suggestion_key=row.suggestion_key,
        suggestion_withheld=row.suggestion_withheld,
    )


def _found(statement: Statement, secret: str | None, **asked: Any) -> Any:
    values = {"digest": users.checked_digest(secret), "kinds": list(users.SIGNED_IN)}
    # By itself it needs no transaction, which would cost two more ways to the database.
    row = statement.row_alone(**asked, **values)
    if row is None:
        raise InvalidToken(users.UNKNOWN)
    return row
