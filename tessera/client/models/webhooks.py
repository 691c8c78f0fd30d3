"""Webhooks and the log of what was sent to them."""

from datetime import datetime
from typing import Literal

from tessera.client.models.base import Answer


class Webhook(Answer):
    """`secret` signs the messages; only the answer that makes it has one."""

    id: int
    project_id: int
    url: str
    kinds: list[str]
    active: bool
    created_at: datetime
    secret: str | None = None


class Delivery(Answer):
    id: int
    webhook_id: int
    event_id: int | None = None
    kind: str
    state: Literal["pending", "delivered", "failed"]
    attempt: int
    not_before: datetime
    status: int | None = None
    error: str | None = None
    took_ms: int | None = None
    created_at: datetime
    ended_at: datetime | None = None
