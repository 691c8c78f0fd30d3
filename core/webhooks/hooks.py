"""Webhooks of a project, and what is sent to them, as their admins see it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from core import audit
from core.models import Delivery, Project, User, Webhook
from core.settings import settings
from core.webhooks import signing
from core.webhooks.addresses import target

PING = "ping"


def create(db: Session, project: Project, *, url: str, kinds: Sequence[str], by: User) -> Webhook:
    """A new webhook, whose secret is shown once. Raises WebhookRefused."""
    target(url, private=settings().webhooks_private)
    made = Webhook(project_id=project.id, user_id=by.id, url=url, kinds=sorted(set(kinds)))
    made.secret = signing.new_secret()
    db.add(made)
    db.flush()
    _record(db, made, "created", by=by, kinds=made.kinds)
    return made


def change(
    db: Session,
    webhook: Webhook,
    *,
    by: User,
    url: str | None = None,
    kinds: Sequence[str] | None = None,
    active: bool | None = None,
) -> Webhook:
    """Another address, other events, or a pause. Raises WebhookRefused."""
    if url is not None:
        target(url, private=settings().webhooks_private)
        webhook.url = url
    webhook.kinds = webhook.kinds if kinds is None else sorted(set(kinds))
    webhook.active = webhook.active if active is None else active
    db.flush()
    _record(db, webhook, "changed", by=by, kinds=webhook.kinds, active=webhook.active)
    return webhook


def renew_secret(db: Session, webhook: Webhook, *, by: User) -> Webhook:
    """Another secret, for all that is sent from now on; shown once."""
    webhook.secret = signing.new_secret()
    db.flush()
    _record(db, webhook, "secret_renewed", by=by)
    return webhook


def remove(db: Session, webhook: Webhook, *, by: User) -> None:
    """The webhook is gone, and its log with it."""
    _record(db, webhook, "removed", by=by)
    db.execute(delete(Delivery).where(Delivery.webhook_id == webhook.id))
    db.delete(webhook)


def ping(db: Session, webhook: Webhook) -> Delivery:
    """A message that tells of nothing, to see whether it arrives."""
    return _add(db, webhook.project_id, webhook.id, kind=PING)


def redeliver(db: Session, delivery: Delivery) -> Delivery:
    """The same message once more, with its id: a receiver that has it may leave it."""
    again = {"kind": delivery.kind, "event_id": delivery.event_id}
    return _add(db, delivery.project_id, delivery.webhook_id, **again)


def of(project_id: int) -> Select[Any]:
    """The project's webhooks."""
    return select(Webhook).where(Webhook.project_id == project_id)


def log(*webhooks: Webhook) -> Select[Any]:
    """What was sent to these webhooks, or is to be."""
    return select(Delivery).where(Delivery.webhook_id.in_([each.id for each in webhooks]))


def _add(db: Session, project_id: int, webhook_id: int, **about: Any) -> Delivery:
    made = Delivery(project_id=project_id, webhook_id=webhook_id, **about)
    db.add(made)
    db.flush()
    return made


def _record(db: Session, webhook: Webhook, verb: str, *, by: User, **data: Any) -> None:
    """The host alone: a path may be a secret of the receiver."""
    host = urlsplit(webhook.url).hostname
    about = {"project_id": webhook.project_id, "user_id": by.id, "webhook": webhook.id}
    audit.record(db, f"webhook.{verb}", host=host, **about, **data)
