"""Cycles, what they cost and what they gave."""

from datetime import datetime
from typing import Any, Literal

from tessera.client.models.base import Answer, Failure
from tessera.client.models.jobs import JobState

CycleState = Literal[
    "training", "evaluating", "scoring", "selecting", "labelling", "closed", "failed", "cancelled"
]


class Budget(Answer):
    regions: int


class Strategy(Answer):
    acquisition: str
    network: str = "teacher"
    ranked_by: str = "pool"
    per_image_cap: int | None = None
    suppress_radius: int
    random_share: float
    class_share: float = 0.0
    click_weight: float = 0.0
    noise: float = 0.0
    noise_decay: float = 0.0


class Manifest(Answer):
    digest: str
    images: int
    regions: int
    labelled_share: float


class RegionCounts(Answer):
    total: int = 0
    open: int = 0
    leased: int = 0
    labelled: int = 0
    skipped: int = 0
    withdrawn: int = 0


class Cost(Answer):
    """What labels took from people."""

    active_s: float = 0
    actions: int = 0
    clicks: int = 0
    regions: int = 0
    pixels: int = 0


class SplitMetrics(Answer):
    """`iou` by class name; None where a class is in neither truth nor prediction."""

    miou: float | None
    iou: dict[str, float | None]


class Stage(Answer):
    job_id: int
    kind: str
    state: JobState
    attempt: int = 0
    progress: dict[str, Any] | None = None
    seconds: float | None = None
    error: Failure | None = None
    shards: int = 1
    shards_done: int = 0


class Cycle(Answer):
    id: int
    project_id: int
    number: int
    state: CycleState
    budget: Budget
    strategy: Strategy
    auto: bool
    evaluate_test: bool
    without_suggestion: float = 0
    seed: int | None = None
    manifest: Manifest | None = None
    regions: RegionCounts
    cost: Cost
    metrics: dict[str, SplitMetrics] | None = None
    stages: list[Stage]
    error: Failure | None = None
    created_at: datetime
    opened_at: datetime | None = None
    closed_at: datetime | None = None


class CycleProgress(Answer):
    id: int
    number: int
    state: CycleState
    regions: RegionCounts


class OwnProgress(Answer):
    """Regions that the caller has labelled, in the cycle and in the last hour."""

    labelled_in_cycle: int
    labelled_in_hour: int
    active_s_in_hour: float
    seconds_per_region: float | None = None


class LabellingProgress(Answer):
    """`reason` says why nothing more can be leased now: no_open_cycle, queue_empty, all_leased."""

    cycle: CycleProgress | None = None
    mine: OwnProgress
    reason: str | None = None


class ModelSummary(Answer):
    id: int
    digest: str
    parameters: int | None = None


class Evaluation(Answer):
    """`confusion[truth][prediction]` counts pixels."""

    miou: float | None
    iou: dict[str, float | None]
    confusion: list[list[int]]
    images: int
    pixels: int


class CycleMetrics(Answer):
    cycle_id: int
    model: ModelSummary | None = None
    splits: dict[str, Evaluation]


class ClassIou(Answer):
    name: str
    iou: float


class CycleRow(Answer):
    """One cycle in a project's history: what its model was trained on, and what that gave."""

    number: int
    state: CycleState
    labelled_share: float | None = None
    labelled_regions: int | None = None
    cost: Cost
    val_miou: float | None = None
    test_miou: float | None = None
    best: ClassIou | None = None
    worst: ClassIou | None = None
    iou: dict[str, dict[str, float | None]] | None = None
    stage_seconds: dict[str, float | None]


class ProjectMetrics(Answer):
    classes: list[str]
    cycles: list[CycleRow]


class Event(Answer):
    """One change of a project: `name` is cycle, job or region."""

    id: int | None = None
    name: str
    data: dict[str, Any]
