"""Takes messages to webhooks: those that are due, a few at a time, with longer and longer pauses.

Claiming moves a message's next time past all that sending may take, so that two couriers never
send it at once, and one that dies leaves it to another. Sending holds no transaction.
"""

import json
import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.db import transaction
from core.errors import WebhookRefused
from core.models import Delivery, Event, Webhook
from core.settings import settings
from core.webhooks import signing
from core.webhooks.addresses import target
from core.webhooks.posting import Outcome, post

logger = logging.getLogger(__name__)

AT_ONCE, BATCH = 4, 20
FACTOR, LONGEST_PAUSE_S = 4.0, 6 * 3600.0
KEPT = timedelta(days=30)
# Resolving, connecting and the exchange, each bounded by the timeout, before somebody else tries.
CLAIM_TIMEOUTS = 4


class Message(NamedTuple):
    """A claimed delivery with all that sending it needs."""

    delivery_id: int
    attempt: int
    url: str
    secret: str
    name: str
    body: bytes


def deliver_due() -> int:
    """Send what is due until nothing is; how many messages that were."""
    sent = 0
    while messages := _claimed():
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for message, outcome in zip(messages, pool.map(_send, messages), strict=True):
                _note(message, outcome)
        sent += len(messages)
    return sent


def forget_old(db: Session) -> None:
    """The log of what ended long ago."""
    db.execute(delete(Delivery).where(Delivery.ended_at < func.now() - KEPT))


def _claimed() -> list[Message]:
    due = (
        select(Delivery.id)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .where(Delivery.state == "pending", Delivery.not_before <= func.now(), Webhook.active)
        .order_by(Delivery.not_before, Delivery.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    lease = timedelta(seconds=CLAIM_TIMEOUTS * BATCH / AT_ONCE * settings().webhook_timeout_s)
    claim = update(Delivery).where(Delivery.id.in_(due)).returning(Delivery.id)
    mine = {"attempt": Delivery.attempt + 1, "not_before": func.now() + lease}
    with transaction() as db:
        ids = db.scalars(claim.values(**mine)).all()
        found = (
            select(Delivery, Webhook, Event)
            .join(Webhook, Webhook.id == Delivery.webhook_id)
            .outerjoin(Event, Event.id == Delivery.event_id)
        )
        rows = db.execute(found.where(Delivery.id.in_(ids)).order_by(Delivery.id))
        return [_message(*row) for row in rows]


def _message(delivery: Delivery, webhook: Webhook, event: Event | None) -> Message:
    name = f"evt_{event.id}" if event else f"ping_{delivery.id}"
    told: dict[str, Any] = {"id": name, "kind": delivery.kind, "project_id": delivery.project_id}
    if event:
        told |= {"at": event.created_at.isoformat(), "user_id": event.user_id}
        told |= {"cycle_id": event.cycle_id, "data": event.data, "url": _link(event)}
    else:
        told |= {"at": delivery.created_at.isoformat(), "url": f"/api/v1/webhooks/{webhook.id}"}
    body = json.dumps(told, sort_keys=True).encode()
    return Message(delivery.id, delivery.attempt, webhook.url, webhook.secret, name, body)


def _link(event: Event) -> str:
    """Where more is to be had: the message itself stays small."""
    for noun, found in (("regions", event.data.get("region")), ("jobs", event.data.get("job"))):
        if isinstance(found, int):
            return f"/api/v1/{noun}/{found}"
    if event.cycle_id is not None:
        return f"/api/v1/cycles/{event.cycle_id}"
    return f"/api/v1/projects/{event.project_id}"


def _send(message: Message) -> Outcome:
    known = settings()
    headers = {"Content-Type": "application/json", "User-Agent": "tessera-webhooks/1"}
    headers |= signing.headers(message.secret, message.name, int(time.time()), message.body)
    try:
        to = target(message.url, private=known.webhooks_private)
    except WebhookRefused as refusal:
        return Outcome(None, refusal.detail, 0)
    return post(to, headers, message.body, timeout_s=known.webhook_timeout_s)


def _note(message: Message, outcome: Outcome) -> None:
    """Write how it went, unless somebody else has taken the message over meanwhile."""
    told: dict[str, Any] = outcome._asdict()
    if outcome.is_good or message.attempt >= settings().webhook_attempts:
        state = "delivered" if outcome.is_good else "failed"
        told |= {"state": state, "ended_at": func.now()}
    else:
        told["not_before"] = func.now() + timedelta(seconds=pause_s(message.attempt))
    mine = (Delivery.id == message.delivery_id, Delivery.attempt == message.attempt)
    with transaction() as db:
        db.execute(update(Delivery).where(*mine, Delivery.state == "pending").values(**told))
    if not outcome.is_good:
        logger.info("delivery %s, attempt %s: not taken", message.delivery_id, message.attempt)


def pause_s(attempt: int) -> float:
    """Before the next attempt: each four times the last, some at random, six hours at most."""
    pause = settings().webhook_pause_s * FACTOR ** (attempt - 1)
    return min(LONGEST_PAUSE_S, pause) * random.uniform(0.8, 1.2)
