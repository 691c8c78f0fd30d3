"""Cycles: start, watch, end."""

from typing import Literal

from fastapi import Response
from sqlalchemy import select

from core import cycles, models, paging, reports
from core.errors import (
    BudgetExceedsPool,
    CycleOpen,
    CycleState,
    DiskFull,
    NotFound,
    NothingLabelled,
    ProjectEmpty,
    StrategyRefused,
)
from server import nouns
from server.deps import Caller, Db, Pages, Store
from server.once import Idempotent
from server.problems import responses
from server.rights import CycleAsAdmin, CycleAsAnnotator, ProjectAsAdmin, ProjectAsAnnotator
from server.schemas.common import PageOf, page_of
from server.schemas.cycles import (
    Cycle,
    CycleChange,
    CycleMetrics,
    CycleRow,
    Evaluation,
    Model,
    NewCycle,
    ProjectMetrics,
    class_names,
)
from server.schemas.regions import Region

router = nouns.router("cycles", NotFound)

RegionState = Literal["open", "labelled", "skipped", "withdrawn"]


@router.post(
    "/projects/{project_id}/cycles",
    status_code=201,
    response_model=Cycle,
    responses=responses(
        CycleOpen, ProjectEmpty, NothingLabelled, BudgetExceedsPool, StrategyRefused, DiskFull
    ),
)
def start_cycle(
    project: ProjectAsAdmin,
    wanted: NewCycle,
    caller: Caller,
    db: Db,
    store: Store,
    once: Idempotent,
) -> Response:
    """Freeze the labels given so far and start: train, evaluate, score, select, label.

    Without labels it is a cold start: regions at random, no model.
    """

    def work() -> Cycle:
        cycle = cycles.start(db, store, project, wanted.plan(), by=caller)
        return Cycle.of(db, cycle)

    return once.do(db, caller, 201, work, location="/api/v1/cycles/{id}")


@router.get("/projects/{project_id}/cycles")
def list_cycles(project: ProjectAsAnnotator, page: Pages, db: Db) -> PageOf[Cycle]:
    """The project's cycles by number."""
    query = select(models.Cycle).where(models.Cycle.project_id == project.id)
    found = paging.page(db, query, models.Cycle.id, **page.asked())
    return page_of(found, lambda cycle: Cycle.of(db, cycle))


@router.get("/cycles/{cycle_id}")
def show_cycle(cycle: CycleAsAnnotator, db: Db) -> Cycle:
    """One cycle, with the progress of its stages."""
    return Cycle.of(db, cycle)


@router.patch("/cycles/{cycle_id}")
def change_cycle(cycle: CycleAsAdmin, wanted: CycleChange, caller: Caller, db: Db) -> Cycle:
    """Go on by itself when this cycle closes, or not."""
    return Cycle.of(db, cycles.go_on_by_itself(db, cycle, auto=wanted.auto, by=caller))


@router.post("/cycles/{cycle_id}/cancellation", status_code=202, responses=responses(CycleState))
def cancel_cycle(cycle: CycleAsAdmin, caller: Caller, db: Db) -> Cycle:
    """Stop an open cycle in whatever state it is. Labels stay."""
    return Cycle.of(db, cycles.cancel(db, cycle, by=caller))


@router.post("/cycles/{cycle_id}/closing", responses=responses(CycleState))
def close_cycle(cycle: CycleAsAdmin, caller: Caller, db: Db) -> Cycle:
    """End the labelling early: regions that nobody has labelled are withdrawn."""
    return Cycle.of(db, cycles.close(db, cycle, by=caller))


@router.post(
    "/cycles/{cycle_id}/retry", status_code=202, responses=responses(CycleState, CycleOpen)
)
def retry_cycle(cycle: CycleAsAdmin, caller: Caller, db: Db) -> Cycle:
    """Try the stage of a failed cycle again, from its last checkpoint."""
    return Cycle.of(db, cycles.retry(db, cycle, by=caller))


@router.get("/cycles/{cycle_id}/regions", tags=["regions"])
def list_regions(
    cycle: CycleAsAnnotator, page: Pages, db: Db, state: RegionState | None = None
) -> PageOf[Region]:
    """The cycle's regions, in all states or in one."""
    query = select(models.Region).where(models.Region.cycle_id == cycle.id)
    query = query.where(models.Region.purpose == "label")
    if state is not None:
        query = query.where(models.Region.state == state)
    return page_of(paging.page(db, query, models.Region.id, **page.asked()), Region.of)


@router.get("/cycles/{cycle_id}/metrics", tags=["metrics"])
def show_cycle_metrics(cycle: CycleAsAnnotator, db: Db) -> CycleMetrics:
    """The cycle's model against each split: confusion matrix, IoU by class, mean."""
    names = class_names(db, cycle.project_id)
    model = reports.model_of_cycle(db, cycle.id)
    found = reports.by_split(db, cycle.id)
    return CycleMetrics(
        cycle_id=cycle.id,
        model=Model.of(model) if model else None,
        splits={split: Evaluation.of(metric, names) for split, metric in found.items()},
    )


@router.get("/projects/{project_id}/metrics", tags=["metrics"])
def show_project_metrics(project: ProjectAsAnnotator, db: Db) -> ProjectMetrics:
    """What the labels bought: a row per cycle."""
    rows = reports.cycle_rows(db, project.id)
    return ProjectMetrics(
        classes=class_names(db, project.id),
        cycles=[CycleRow.model_validate(row) for row in rows],
    )
