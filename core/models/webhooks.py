"""Where projects report what happens to them, and each message on its way there."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identified
from core.models.columns import belongs_to, one_of

STATES = ("pending", "delivered", "failed")


class Webhook(Identified):
    """An address that is told of the events of these kinds: whole kinds, or nouns such as cycle.

    `secret` signs the messages, so it has to be kept as it is.
    """

    __tablename__ = "webhooks"
    __table_args__ = (CheckConstraint("cardinality(kinds) > 0", name="kinds"),)

    project_id: Mapped[int] = belongs_to("projects", index=True)
    user_id: Mapped[int] = belongs_to("users")
    url: Mapped[str]
    secret: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    active: Mapped[bool] = mapped_column(default=True)


class Delivery(Identified):
    """One message to one webhook. A trigger on events writes it, in the event's transaction."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(None, "webhook_id", "id"),
        Index("ix_deliveries_due", "not_before", postgresql_where=text("state = 'pending'")),
        one_of("state", STATES),
        CheckConstraint("(ended_at IS NOT NULL) = (state <> 'pending')", name="ended"),
    )

    project_id: Mapped[int] = belongs_to("projects")
    webhook_id: Mapped[int] = belongs_to("webhooks")
    event_id: Mapped[int | None] = belongs_to("events")
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="pending")
    attempt: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[datetime] = mapped_column(server_default=text("now()"))
    status: Mapped[int | None] = mapped_column(SmallInteger)
    error: Mapped[str | None]
    took_ms: Mapped[int | None]
    ended_at: Mapped[datetime | None]
