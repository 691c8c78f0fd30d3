"""Webhooks and the log of what was sent to them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from core import models
from server.schemas.common import Given, Taken

Url = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[!-~]+$", max_length=2000),
    Field(
        description="Where messages are posted; https, and a public address",
        examples=["https://example.org/tessera"],
    ),
]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)?$", max_length=100)]
Kinds = Annotated[
    list[Kind],
    Field(
        min_length=1,
        max_length=50,
        description="Kinds of the audit trail, such as `cycle.closed`, or nouns: `cycle` is every "
        "stage and end of a cycle, `region` what is labelled, skipped, reviewed",
        examples=[["cycle", "region.labelled"]],
    ),
]


class NewWebhook(Taken):
    url: Url
    kinds: Kinds = ["cycle"]  # noqa: RUF012 - pydantic copies it


class WebhookChange(Taken):
    """What is left out stays as it is."""

    url: Url | None = None
    kinds: Kinds | None = None
    active: Annotated[bool | None, Field(description="Whether events are told; false: a pause")] = (
        None
    )


class Webhook(Given):
    id: int
    project_id: int
    url: str
    kinds: list[str]
    active: bool
    created_at: datetime
    secret: Annotated[
        str | None, Field(description="Signs the messages; shown when it is made, and never again")
    ] = None

    @classmethod
    def of(cls, webhook: models.Webhook) -> Self:
        return cls(
            id=webhook.id,
            project_id=webhook.project_id,
            url=webhook.url,
            kinds=webhook.kinds,
            active=webhook.active,
            created_at=webhook.created_at,
        )

    @classmethod
    def with_secret(cls, webhook: models.Webhook) -> Self:
        """For the one answer that shows it."""
        return cls.of(webhook).model_copy(update={"secret": webhook.secret})


class Delivery(Given):
    id: int
    webhook_id: int
    event_id: Annotated[int | None, Field(description="Of the audit trail; null for a ping")]
    kind: str
    state: Annotated[str, Field(description="pending, delivered or failed")]
    attempt: int
    not_before: Annotated[datetime, Field(description="When a pending one is tried next")]
    status: Annotated[int | None, Field(description="What the receiver answered last")]
    error: str | None
    took_ms: int | None
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, delivery: models.Delivery) -> Self:
        return cls(**{name: getattr(delivery, name) for name in cls.model_fields})
