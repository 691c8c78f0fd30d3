"""Who takes part in a project: roles, leases, tokens, invitations."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import select

from core import depth, overview
from core.models import Member, Token, User
from core.models.people import ROLES, SCOPES
from server.deps import Db, Id
from server.pages.admin import frame
from server.pages.admin.frame import Shown
from server.pages.session import Visitor

MOST_USERS = 500

router = APIRouter(include_in_schema=False)


@router.get("/projects/{project_id}/people")
def show_people(project_id: Id, known: Visitor, db: Db) -> Response:
    """For admins; users and tokens of others are a site admin's."""
    return frame.show(db, known, (project_id, "/people"), _draw, least="admin")


def _draw(shown: Shown) -> Response:
    newest = overview.newest_cycle(shown.db, shown.project.id)
    opened_at = newest.opened_at if newest else None
    busy = {each["user_id"]: each for each in depth.people(shown.db, shown.project.id, opened_at)}
    members = _members(shown)
    site = shown.user.is_admin
    return shown.page(
        "people",
        "People",
        members=members,
        busy=busy,
        roles=ROLES,
        scopes=SCOPES[::-1],
        site=site,
        others=_others(shown, {user.id for user, _ in members}) if site else [],
        tokens=_tokens(shown, [user.id for user, _ in members] if site else [shown.user.id]),
    )


def _members(shown: Shown) -> list[Any]:
    found = select(User, Member.role).join(Member, Member.user_id == User.id)
    mine = found.where(Member.project_id == shown.project.id).order_by(User.name)
    return [tuple(row) for row in shown.db.execute(mine)]


def _others(shown: Shown, members: set[int]) -> list[User]:
    """Users without a role here."""
    found = select(User).where(User.id.not_in(members), User.disabled_at.is_(None))
    return list(shown.db.scalars(found.order_by(User.name).limit(MOST_USERS)))


def _tokens(shown: Shown, owners: list[int]) -> list[Any]:
    """Live tokens, sessions and invitations, the newest first."""
    found = select(Token, User.name).join(User, User.id == Token.user_id)
    live = found.where(Token.user_id.in_(owners), Token.revoked_at.is_(None))
    return [tuple(row) for row in shown.db.execute(live.order_by(Token.id.desc()).limit(200))]
