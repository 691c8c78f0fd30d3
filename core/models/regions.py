"""Regions that a cycle chose for people, the leases on them and their labels."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified
from core.models.columns import belongs_to, one_of

STATES = ("open", "labelled", "skipped", "withdrawn")
PURPOSES = ("label", "second", "check")
OUTCOMES = ("submitted", "released", "skipped", "expired", "superseded")


class Region(Identified):
    """A cell that a cycle chose. `epoch` rises with each lease and fences off late writers.

    The queue is the partial index over open regions: (priority, rank, id) is its total order.
    `top_classes` are the model's two most probable, as value and share. A withheld suggestion is
    kept, to be compared with what people drew without it. `note` and `flagged` are for reviewers.

    A `purpose` other than `label` measures people and teaches nothing: a `second` opinion on the
    region `twin_id`, or a `check` whose answer is the twin's label, or else the image's mask;
    `confusion` has that (rows) against what was given. `rejection` is why a reviewer sent the label
    back; until `return_until` the region waits for the user `return_to` alone.
    """

    __tablename__ = "regions"
    __table_args__ = (
        Index(
            "uq_regions_cell",
            *("cycle_id", "image_id", "cell_row", "cell_col"),
            unique=True,
            postgresql_where=text("purpose = 'label'"),
        ),
        Index(
            "uq_regions_second",
            "twin_id",
            unique=True,
            postgresql_where=text("purpose = 'second'"),
        ),
        Index("ix_regions_twin", "twin_id", postgresql_where=text("twin_id IS NOT NULL")),
        Index(
            "ix_regions_measuring",
            *("project_id", "id"),
            postgresql_where=text("purpose <> 'label'"),
        ),
        Index(
            "ix_regions_queue",
            "project_id",
            "priority",
            "rank",
            "id",
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_regions_open", "cycle_id", postgresql_where=text("state = 'open'")),
        # How many each cycle drew at random and chose, without a look at the regions.
        Index(
            "ix_regions_labelled",
            *("cycle_id", "source"),
            postgresql_where=text("state = 'labelled' AND purpose = 'label'"),
        ),
        Index(None, "image_id"),
        one_of("state", STATES),
        one_of("purpose", PURPOSES),
        CheckConstraint("width > 0 AND height > 0", name="box"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    project_id: Mapped[int] = belongs_to("projects")
    cycle_id: Mapped[int] = belongs_to("cycles")
    image_id: Mapped[int] = belongs_to("images")
    cell_row: Mapped[int]
    cell_col: Mapped[int]
    left: Mapped[int]
    top: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    priority: Mapped[int] = mapped_column(default=0)
    rank: Mapped[int]
    score: Mapped[float | None]
    source: Mapped[str]
    suggestion_key: Mapped[str | None]
    confidence_key: Mapped[str | None]
    top_classes: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    suggestion_withheld: Mapped[bool] = mapped_column(default=False, server_default=false())
    note: Mapped[str] = mapped_column(default="", server_default="")
    flagged: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[str] = mapped_column(default="open")
    epoch: Mapped[int] = mapped_column(default=0)
    lease_id: Mapped[uuid.UUID | None]
    lease_until: Mapped[datetime | None]
    label_id: Mapped[int | None]
    purpose: Mapped[str] = mapped_column(default="label", server_default="label")
    twin_id: Mapped[int | None] = belongs_to("regions")
    return_to: Mapped[int | None] = belongs_to("users")
    return_until: Mapped[datetime | None]
    rejection: Mapped[str | None]
    confusion: Mapped[list[Any] | None]


class Lease(Base):
    """One annotator session's right to one region until a time. Kept as history when over.

    One `for_review` is a reviewer's, to draw somebody's label anew.
    """

    __tablename__ = "leases"
    __table_args__ = (
        UniqueConstraint("region_id", "epoch"),
        Index(
            "ix_leases_live",
            "user_id",
            "session",
            postgresql_where=text("outcome IS NULL"),
        ),
        Index("ix_leases_expired", "project_id", postgresql_where=text("outcome = 'expired'")),
        Index("ix_leases_skipped", "user_id", "region_id", postgresql_where=text("reason <> ''")),
        one_of("outcome", OUTCOMES),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    project_id: Mapped[int] = belongs_to("projects")
    region_id: Mapped[int] = belongs_to("regions")
    user_id: Mapped[int] = belongs_to("users")
    session: Mapped[str]
    epoch: Mapped[int]
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    for_review: Mapped[bool] = mapped_column(default=False, server_default=false())


class Label(Identified):
    """One submitted mask of a region. Revisions are kept; a superseded submit is a draft.

    Where the annotator's program told how each pixel came about, `origin_key` is that file and
    `origins` counts pixels by origin. `confused` has [suggested, labelled, pixels] where the region
    came with a suggestion.
    """

    __tablename__ = "labels"
    __table_args__ = (
        UniqueConstraint("region_id", "revision"),
        Index(
            "uq_labels_accepted",
            "lease_id",
            unique=True,
            postgresql_where=text("status = 'accepted'"),
        ),
        # What one has done lately, and one's labels from the newest on.
        Index(None, "user_id", "project_id", "created_at"),
        Index(None, "user_id", "project_id", "id"),
        # What everybody has done lately.
        Index(None, "project_id", "created_at"),
        one_of("status", ("accepted", "draft")),
    )

    project_id: Mapped[int] = belongs_to("projects")
    region_id: Mapped[int] = belongs_to("regions")
    user_id: Mapped[int] = belongs_to("users")
    lease_id: Mapped[uuid.UUID] = belongs_to("leases")
    revision: Mapped[int]
    status: Mapped[str]
    mask_key: Mapped[str]
    origin_key: Mapped[str | None]
    origins: Mapped[dict[str, Any] | None]
    confused: Mapped[list[Any] | None]
    labelled_px: Mapped[int]
    void_px: Mapped[int]
    not_asked_px: Mapped[int]
    estimated_clicks: Mapped[int]
    active_ms: Mapped[int]
    actions: Mapped[dict[str, Any]]
