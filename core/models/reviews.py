"""What reviewers are asked to look at, and what they found."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identified
from core.models.columns import belongs_to, one_of

SOURCES = ("sample", "flagged", "contradiction", "again", "asked")
STATES = ("pending", "accepted", "rejected", "fixed", "withdrawn")


class Review(Identified):
    """A label that somebody else is asked to judge, and the verdict. A verdict is never changed.

    `source` says why: the share of each cycle, a flag, a model that is sure and contradicts,
    `again` after a rejection, or somebody asked. `doubt` is the share of the label's pixels that
    the model contradicts. `user_id` is the reviewer, `fix_id` the label that a reviewer drew
    instead, `confusion` that label (rows) against the one judged.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        Index(
            "uq_reviews_pending",
            "region_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index(None, "project_id", "state", "id"),
        Index(None, "label_id"),
        Index("ix_reviews_fix", "fix_id", postgresql_where=text("fix_id IS NOT NULL")),
        one_of("source", SOURCES),
        one_of("state", STATES),
    )

    project_id: Mapped[int] = belongs_to("projects")
    cycle_id: Mapped[int] = belongs_to("cycles")
    region_id: Mapped[int] = belongs_to("regions")
    label_id: Mapped[int] = belongs_to("labels")
    source: Mapped[str]
    doubt: Mapped[float | None]
    state: Mapped[str] = mapped_column(default="pending", server_default="pending")
    user_id: Mapped[int | None] = belongs_to("users")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    fix_id: Mapped[int | None] = belongs_to("labels")
    confusion: Mapped[list[Any] | None]
    decided_at: Mapped[datetime | None]
