"""Cycles, the models they train and how good those are."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identified
from core.models.columns import belongs_to, one_of

OPEN_STATES = ("training", "evaluating", "scoring", "selecting", "labelling")
STATES = (*OPEN_STATES, "closed", "failed", "cancelled")
_OPEN = ", ".join(f"'{state}'" for state in OPEN_STATES)


class Cycle(Identified):
    """One turn of the loop: manifest, train, evaluate, score, select, label; has a budget.

    The manifest is frozen at the start: its digest is also its key in the store. Of the regions,
    the share `without_suggestion` is asked without showing what the model thinks. With `control`
    the recipe is trained once more, on what was drawn at random alone. `corrections` is how often
    a label of its regions was replaced or sent back.
    """

    __tablename__ = "cycles"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        Index(
            "uq_cycles_open",
            "project_id",
            unique=True,
            postgresql_where=text(f"state IN ({_OPEN})"),
        ),
        one_of("state", STATES),
        CheckConstraint("without_suggestion BETWEEN 0 AND 1", name="without_suggestion"),
    )

    project_id: Mapped[int] = belongs_to("projects")
    number: Mapped[int]
    state: Mapped[str]
    budget_regions: Mapped[int]
    strategy: Mapped[dict[str, Any]]
    recipe: Mapped[dict[str, Any]]
    seed: Mapped[int]
    auto: Mapped[bool]
    evaluate_test: Mapped[bool]
    without_suggestion: Mapped[float] = mapped_column(default=0.0, server_default="0")
    control: Mapped[bool] = mapped_column(default=False, server_default="false")
    corrections: Mapped[int] = mapped_column(default=0, server_default="0")
    manifest_digest: Mapped[str]
    manifest_summary: Mapped[dict[str, Any]]
    started_by: Mapped[int] = belongs_to("users")
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    error: Mapped[str | None]


class Model(Identified):
    """Weights and their readable card, as the train stage of one cycle left them; models
    of earlier releases do not know how many bytes the weights are."""

    __tablename__ = "models"
    __table_args__ = (UniqueConstraint("cycle_id"),)

    project_id: Mapped[int] = belongs_to("projects", index=True)
    cycle_id: Mapped[int] = belongs_to("cycles")
    weights_key: Mapped[str]
    weights_bytes: Mapped[int | None]
    card_key: Mapped[str]
    card: Mapped[dict[str, Any]]
    manifest_digest: Mapped[str]
    seed: Mapped[int]


class Metric(Identified):
    """A model against one split: an integer confusion matrix and what follows from it."""

    __tablename__ = "metrics"
    __table_args__ = (UniqueConstraint("model_id", "split"),)

    project_id: Mapped[int] = belongs_to("projects", index=True)
    cycle_id: Mapped[int] = belongs_to("cycles", index=True)
    model_id: Mapped[int] = belongs_to("models")
    split: Mapped[str]
    images: Mapped[int]
    confusion: Mapped[list[Any]]
    iou: Mapped[list[Any]]
    miou: Mapped[float | None]
