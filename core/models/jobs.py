"""Jobs: the row is the job, a message is only a doorbell."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identified
from core.models.columns import belongs_to, one_of

STAGES = ("train", "evaluate", "score", "select")
KINDS = ("import", "export", "predict", "control", *STAGES)
ENDED = ("succeeded", "failed", "cancelled")
STATES = ("pending", "running", *ENDED)
_ENDED = ", ".join(f"'{state}'" for state in ENDED)


class Job(Identified):
    """A unit of machine work. Every write of a worker says `and epoch = mine`.

    A score stage is in shards, numbered from 0; whatever else is one job has shard 0.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("cycle_id", "kind", "shard"),
        Index(None, "project_id", "id"),
        Index("ix_jobs_live", "state", postgresql_where=text("state IN ('pending', 'running')")),
        Index(
            "uq_jobs_running_stage",
            "project_id",
            "shard",
            unique=True,
            postgresql_where=text("state = 'running' AND cycle_id IS NOT NULL"),
        ),
        one_of("kind", KINDS),
        one_of("state", STATES),
        CheckConstraint(f"(finished_at IS NOT NULL) = (state IN ({_ENDED}))", name="finished"),
        CheckConstraint("attempt <= epoch", name="attempt"),
        CheckConstraint("shard = 0 OR (shard > 0 AND kind = 'score')", name="shard"),
    )

    project_id: Mapped[int] = belongs_to("projects")
    cycle_id: Mapped[int | None] = belongs_to("cycles")
    kind: Mapped[str]
    shard: Mapped[int] = mapped_column(default=0, server_default="0")
    queue: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    request: Mapped[dict[str, Any]] = mapped_column(default=dict)
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checkpoint: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    digest: Mapped[str | None]
    epoch: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    worker: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    last_rung_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error_class: Mapped[str | None]
    error_text: Mapped[str | None]
