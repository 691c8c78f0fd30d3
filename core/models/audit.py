"""What happened, append-only; and answers that a repeated request gets again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, PrimaryKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified
from core.models.columns import belongs_to


class Event(Identified):
    """One fact of the audit trail. A trigger refuses to change or delete it."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "project_id", "id"),)

    kind: Mapped[str]
    project_id: Mapped[int | None] = belongs_to("projects")
    cycle_id: Mapped[int | None] = belongs_to("cycles")
    user_id: Mapped[int | None] = belongs_to("users")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class IdempotencyKey(Base):
    """The stored answer of a request, written in the transaction of its work."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (PrimaryKeyConstraint("user_id", "key"),)

    user_id: Mapped[int] = belongs_to("users")
    key: Mapped[str]
    digest: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
