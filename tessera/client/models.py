"""What the server answers, as frozen models. Fields that this version doesn't know are ignored.

Pixels are native pixels of the image, times are aware datetimes, `_s` seconds, `_ms` milliseconds.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Split = Literal["pool", "val", "test"]
Role = Literal["annotator", "reviewer", "admin"]
JobState = Literal["pending", "running", "succeeded", "failed", "cancelled"]
CycleState = Literal[
    "training", "evaluating", "scoring", "selecting", "labelling", "closed", "failed", "cancelled"
]


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class User(Answer):
    id: int
    name: str
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None = None


class Token(Answer):
    """`token` is the secret; only the answer that creates it has one."""

    id: int
    user_id: int
    name: str
    prefix: str
    token: str | None = None
    expires_at: datetime | None = None


class SegmentClass(Answer):
    """A class of a project: `value` is its number in masks, `key` its shortcut."""

    value: int
    name: str
    color: str
    key: str | None = None


class Classes(Answer):
    items: list[SegmentClass]


class Recipe(Answer):
    name: str
    overrides: dict[str, Any] = {}


class ImageCounts(Answer):
    pool: int = 0
    val: int = 0
    test: int = 0


class Project(Answer):
    id: int
    name: str
    title: str
    cell_px: int
    recipe: Recipe
    classes: list[SegmentClass]
    images: ImageCounts
    created_at: datetime


class Member(Answer):
    user_id: int
    role: Role
    name: str | None = None


class Image(Answer):
    id: int
    name: str
    split: Split
    width: int
    height: int
    sha256: str
    has_mask: bool
    created_at: datetime


class Failure(Answer):
    kind: str = Field(alias="class")
    text: str


class Job(Answer):
    id: int
    kind: Literal["import", "train", "evaluate", "score", "select"]
    state: JobState
    project_id: int
    cycle_id: int | None = None
    attempt: int = 0
    progress: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    error: Failure | None = None
    created_at: datetime
    claimed_at: datetime | None = None
    finished_at: datetime | None = None


class FileReport(Answer):
    """What an import did, or would do, with one file."""

    file: str
    split: Split | None = None
    outcome: Literal["added", "mask_added", "unchanged", "problem"]
    problem: str | None = None
    detail: str | None = None
    width: int | None = None
    height: int | None = None


class Budget(Answer):
    regions: int


class Strategy(Answer):
    acquisition: str
    per_image_cap: int | None = None
    suppress_radius: int
    random_share: float


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


class Cycle(Answer):
    id: int
    project_id: int
    number: int
    state: CycleState
    budget: Budget
    strategy: Strategy
    auto: bool
    evaluate_test: bool
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


class Box(Answer):
    left: int
    top: int
    width: int
    height: int


class Region(Answer):
    id: int
    cycle_id: int
    image_id: int
    box: Box
    row: int
    col: int
    rank: int
    score: float | None = None
    source: str
    state: str
    epoch: int


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
    stage_seconds: dict[str, float | None]


class ProjectMetrics(Answer):
    classes: list[str | SegmentClass]
    cycles: list[CycleRow]


class LeasedImage(Answer):
    id: int
    name: str
    width: int
    height: int


class Lease(Answer):
    id: str
    region_id: int
    cycle_id: int
    project_id: int
    epoch: int
    granted_at: datetime
    expires_at: datetime
    rank: int
    score: float | None = None
    box: Box
    image: LeasedImage
    image_url: str
    context_url: str
    suggestion_url: str | None = None


class Leases(Answer):
    """`reason` says why there are none: no_open_cycle, queue_empty or all_leased."""

    items: list[Lease]
    reason: str | None = None


class LabelPixels(Answer):
    labelled: int
    void: int
    not_asked: int


class Label(Answer):
    id: int
    region_id: int
    revision: int
    status: str
    mask_sha256: str
    clicks: int
    active_ms: int
    pixels: LabelPixels
    cycle_state: str


class Health(Answer):
    status: str
    checks: dict[str, Any] = {}


class Event(Answer):
    """One change of a project: `name` is cycle, job or region."""

    name: str
    data: dict[str, Any]
