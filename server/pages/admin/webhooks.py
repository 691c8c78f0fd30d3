"""Whom a project tells what happens, and what was sent there."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from core import paging
from core.errors import CursorInvalid
from core.models import Delivery, Webhook
from core.paging import Page
from core.webhooks import hooks
from server.deps import Db, Id
from server.pages.admin import frame
from server.pages.admin.frame import Shown
from server.pages.session import Visitor

ON_A_PAGE = 50
# A message that is due later than this waits for another attempt: nobody looks on meanwhile.
SOON = timedelta(minutes=1)
Text = Annotated[str | None, Query(max_length=200)]

router = APIRouter(include_in_schema=False)


class Asked(NamedTuple):
    """What the address asks for: the log of one webhook alone, and from where on."""

    webhook_id: int | None
    cursor: str | None


def asked(webhook: Text = None, cursor: Text = None) -> Asked:
    number = int(webhook) if webhook and webhook.isdecimal() and len(webhook) < 19 else None
    return Asked(number, cursor)


@router.get("/projects/{project_id}/webhooks")
def show_webhooks(
    project_id: Id, known: Visitor, db: Db, wanted: Annotated[Asked, Depends(asked)]
) -> Response:
    """For admins."""

    def draw(shown: Shown) -> Response:
        mine = _hooks(shown)
        chosen = [each for each in mine if each.id == wanted.webhook_id]
        found = _log(shown, chosen or mine, wanted.cursor)
        return shown.page(
            "webhooks",
            "Webhooks",
            hooks=mine,
            hosts={each.id: urlsplit(each.url).hostname for each in mine},
            chosen=chosen[0] if chosen else None,
            sent=found.items,
            next_cursor=found.next_cursor,
            on_its_way=any(_is_due(each) for each in found.items),
        )

    return frame.show(db, known, (project_id, "/webhooks"), draw, least="admin")


def _hooks(shown: Shown) -> list[Webhook]:
    return list(shown.db.scalars(hooks.of(shown.project.id).order_by(Webhook.id)))


def _log(shown: Shown, told: list[Webhook], cursor: str | None) -> Page:
    """The newest first; from the start where the address holds a cursor that is none of ours."""
    query = hooks.log(*told)

    def of(position: str | None) -> Page:
        about: dict[str, Any] = {"limit": ON_A_PAGE, "cursor": position, "newest_first": True}
        return paging.page(shown.db, query, Delivery.id, **about)

    try:
        return of(cursor)
    except CursorInvalid:
        return of(None)


def _is_due(delivery: Delivery) -> bool:
    return delivery.state == "pending" and delivery.not_before < datetime.now(UTC) + SOON
