"""What an admin sees first, what it is compared with, and the forecast."""

from typing import Annotated, Any, Literal

from fastapi import Query, Response
from sqlalchemy.orm import Session

from core import comparisons, control_runs, controls, depth, models, outlook, overview, reports
from core.errors import ControlRefused, DiskFull, NotFound
from server import nouns
from server.deps import Caller, Db
from server.problems import responses
from server.rights import CycleAsAdmin, ProjectAsReviewer
from server.schemas.cycles import Cycle
from server.schemas.jobs import Job
from server.schemas.overview import (
    Against,
    Annotator,
    Comparison,
    Comparisons,
    Control,
    ControlRun,
    ControlRuns,
    Controls,
    Forecast,
    LastGain,
    Overview,
    Queue,
    Spent,
)

router = nouns.router("metrics", NotFound)

Target = Annotated[
    float | None,
    Query(gt=0, le=1, allow_inf_nan=False, description="Left out: the next 5 % above the best"),
]


@router.get("/projects/{project_id}/overview")
def show_overview(project: ProjectAsReviewer, db: Db) -> Overview:
    """The newest cycle, the queue, who labels how fast, and what was spent so far."""
    return overview_of(db, project)


def overview_of(db: Session, project: models.Project) -> Overview:
    """The same, for the page."""
    newest = overview.newest_cycle(db, project.id)
    cycle = Cycle.of(db, newest) if newest else None
    counts = cycle.regions.model_dump() if cycle else {}
    people = depth.people(db, project.id, newest.opened_at if newest else None)
    return Overview(
        cycle=cycle,
        queue=Queue(**overview.queue(db, newest, counts)),
        people=[Annotator(**each) for each in people],
        spent=Spent(**overview.spent(newest, cycle.cost.model_dump() if cycle else {})),
    )


@router.get("/projects/{project_id}/comparisons")
def list_comparisons(project: ProjectAsReviewer, caller: Caller, db: Db) -> Comparisons:
    """Projects measured on the same validation images: full supervision, random selection."""
    found = comparisons.of(db, project, caller)
    return Comparisons(items=[Comparison.model_validate(each) for each in found])


@router.get("/projects/{project_id}/controls")
def list_controls(project: ProjectAsReviewer, db: Db) -> Controls:
    """Regions drawn at random beside chosen ones: what both took, and what was changed.

    Of the newest cycle with a random share beside a strategy.
    """
    return Controls(items=[Control.model_validate(each) for each in controls.of(db, project.id)])


@router.get("/projects/{project_id}/control-runs")
def list_control_runs(project: ProjectAsReviewer, db: Db) -> ControlRuns:
    """The curve of random selection: each measured cycle's recipe on regions drawn at random alone.

    Each has its own labelled share, hours and clicks. Ask for one with `POST /cycles/{id}/control`.
    """
    return ControlRuns(items=control_runs_of(db, project.id, reports.cycle_rows(db, project.id)))


def control_runs_of(db: Session, project_id: int, rows: list[dict[str, Any]]) -> list[ControlRun]:
    """The same, for the page."""
    return [ControlRun.model_validate(row) for row in control_runs.curve(db, project_id, rows)]


@router.post(
    "/cycles/{cycle_id}/control",
    status_code=202,
    response_model=Job,
    responses=responses(ControlRefused, DiskFull),
)
def run_control(cycle: CycleAsAdmin, caller: Caller, db: Db, response: Response) -> Job:
    """Train the cycle's recipe, with its seed and steps, on the regions drawn at random alone, and
    measure it as the cycle was. That takes as long as the cycle's own training."""
    job = Job.of(control_runs.request(db, cycle, by=caller))
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job


@router.get("/projects/{project_id}/forecast")
def show_forecast(
    project: ProjectAsReviewer,
    db: Db,
    target: Target = None,
    split: Literal["val", "test"] = "val",
    against: Against = "share",
) -> Forecast:
    """Which budget reaches a mIoU, with an 80 % interval, and what the last gain took.

    An inverse power law through the measured cycles; every curve counts by how well it fits.
    """
    rows = reports.cycle_rows(db, project.id)
    wanted = target or outlook.usual_target(rows, split)
    gain = outlook.last_gain(rows, split)
    return Forecast.of(
        outlook.of(rows, split=split, against=against, target=wanted),
        target=wanted,
        split=split,
        against=against,
        last_gain=LastGain(**gain) if gain else None,
    )
