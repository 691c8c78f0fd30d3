"""Cycles, their stages and figures."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator
from sqlalchemy.orm import Session

from core import models, projects, regions, reports, standing
from core.plans import Plan
from core.standing import Standing
from ml.strategy import Strategy
from server.pictures import sha256_of
from server.schemas.common import Given, Taken
from server.schemas.jobs import Failure
from server.schemas.stages import Stage

CycleState = Literal[
    "training", "evaluating", "scoring", "selecting", "labelling", "closed", "failed", "cancelled"
]


class NewBudget(Taken):
    """One of: a number of regions (0 trains and evaluates only), a share of the pool's pixels,
    pixels, or active hours by the pace of past labels."""

    regions: Annotated[int, Field(ge=0, le=2**31)] | None = None
    share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    pixels: Annotated[int, Field(ge=0, le=2**53)] | None = None
    hours: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in self.model_dump().values()) != 1:
            raise ValueError("expected one of regions, share, pixels, hours")
        return self


EXAMPLE: dict[str, JsonValue] = {"budget": {"regions": 40}, "strategy": {"acquisition": "entropy"}}


class NewCycle(Taken):
    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    budget: NewBudget
    strategy: Strategy = Strategy()
    auto: Annotated[bool, Field(description="Start the next cycle when this one closes")] = False
    evaluate_test: Annotated[bool, Field(description="Measure on the test split too")] = False
    without_suggestion: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            allow_inf_nan=False,
            description="Share of the regions that are asked without the model's suggestion",
        ),
    ] = 0.0
    control: Annotated[
        bool,
        Field(description="Train the recipe once more, on the regions drawn at random alone"),
    ] = False
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None

    def plan(self) -> Plan:
        return Plan(
            **self.budget.model_dump(),
            strategy=self.strategy,
            auto=self.auto,
            evaluate_test=self.evaluate_test,
            without_suggestion=self.without_suggestion,
            control=self.control,
            seed=self.seed,
        )


class CycleChange(Taken):
    """What may change while a cycle runs."""

    auto: Annotated[bool, Field(description="Start the next cycle when this one closes")]


class Budget(Given):
    regions: int


class Manifest(Given):
    """The labels that the cycle's model is trained on."""

    digest: str
    images: int
    regions: int
    labelled_share: float

    @classmethod
    def of(cls, cycle: models.Cycle) -> Self:
        summary = cycle.manifest_summary
        kept = {key: summary[key] for key in ("images", "regions", "labelled_share")}
        return cls(digest=cycle.manifest_digest, **kept)


class RegionCounts(Given):
    """`leased` are those of the open ones that somebody holds now."""

    total: int
    open: int
    leased: int
    labelled: int
    skipped: int
    withdrawn: int


class Cost(Given):
    """What labels took from people; `clicks` are estimated from the masks."""

    active_s: float
    actions: int
    clicks: int
    regions: int
    pixels: int


class SplitMetrics(Given):
    """IoU by class name; null for a class that neither truth nor prediction has."""

    miou: float | None
    iou: dict[str, float | None]


class Cycle(Given):
    id: int
    project_id: int
    number: int
    state: CycleState
    budget: Budget
    strategy: Strategy
    auto: bool
    evaluate_test: bool
    without_suggestion: float
    control: bool
    seed: int
    manifest: Manifest
    regions: RegionCounts
    cost: Cost
    metrics: dict[str, SplitMetrics]
    stages: list[Stage]
    error: Failure | None
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None

    @classmethod
    def of(cls, db: Session, cycle: models.Cycle) -> Self:
        stages = standing.of_cycle(db, cycle.id)
        seconds = reports.stage_seconds(db, cycle.id)
        return cls(
            id=cycle.id,
            project_id=cycle.project_id,
            number=cycle.number,
            state=cycle.state,
            budget=Budget(regions=cycle.budget_regions),
            strategy=Strategy.model_validate(cycle.strategy),
            auto=cycle.auto,
            evaluate_test=cycle.evaluate_test,
            without_suggestion=cycle.without_suggestion,
            control=cycle.control,
            seed=cycle.seed,
            manifest=Manifest.of(cycle),
            regions=RegionCounts(**regions.counts(db, cycle.id)),
            cost=Cost(**reports.cycle_cost(db, cycle)),
            metrics=_metrics(db, cycle),
            stages=[Stage.of(each, seconds) for each in stages],
            error=_error(cycle, stages),
            created_at=cycle.created_at,
            opened_at=cycle.opened_at,
            closed_at=cycle.closed_at,
        )


def _metrics(db: Session, cycle: models.Cycle) -> dict[str, SplitMetrics]:
    found = reports.by_split(db, cycle.id)
    names = class_names(db, cycle.project_id)
    return {
        split: SplitMetrics(miou=metric.miou, iou=reports.named_iou(metric, names))
        for split, metric in found.items()
    }


def class_names(db: Session, project_id: int) -> list[str]:
    """The project's class names by value."""
    return [each.name for each in projects.classes(db, project_id)]


def _error(cycle: models.Cycle, stages: Iterable[Standing]) -> Failure | None:
    """Why the cycle failed, with the class of its failed stage's error."""
    if cycle.error is None:
        return None
    kinds = [each.job.error_class for each in stages if each.job.error_class]
    return Failure(kind=kinds[-1] if kinds else "failed", text=cycle.error)


class Model(Given):
    """`digest` is the SHA-256 of the weights."""

    id: int
    digest: str
    parameters: int | None
    seed: int
    manifest_digest: str
    card: dict[str, Any]
    created_at: datetime

    @classmethod
    def of(cls, model: models.Model) -> Self:
        return cls(
            id=model.id,
            digest=sha256_of(model.weights_key),
            parameters=model.card.get("parameters"),
            seed=model.seed,
            manifest_digest=model.manifest_digest,
            card=model.card,
            created_at=model.created_at,
        )


class Evaluation(SplitMetrics):
    """`confusion[truth][prediction]` counts pixels; `pixels` is their sum."""

    confusion: list[list[int]]
    images: int
    pixels: int

    @classmethod
    def of(cls, metric: models.Metric, names: list[str]) -> Self:
        return cls(
            miou=metric.miou,
            iou=reports.named_iou(metric, names),
            confusion=metric.confusion,
            images=metric.images,
            pixels=sum(map(sum, metric.confusion)),
        )


class CycleMetrics(Given):
    cycle_id: int
    model: Model | None
    splits: dict[str, Evaluation]


class ClassIou(Given):
    name: str
    iou: float


class CycleRow(Given):
    """One cycle of a project's history. Labels and cost are cumulative: what its model saw."""

    cycle_id: int
    number: int
    state: CycleState
    budget_regions: int
    acquisition: str
    random_share: float
    labelled_share: float
    labelled_regions: int
    labelled_images: int
    cost: Cost
    val_miou: float | None
    test_miou: float | None
    best: ClassIou | None
    worst: ClassIou | None
    iou: Annotated[dict[str, dict[str, float | None]], Field(description="By split and class name")]
    stage_seconds: dict[str, float]


class ProjectMetrics(Given):
    classes: list[str]
    cycles: list[CycleRow]
