"""The overview of a project: what the machine does, what labels bought, what to do next."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from core import controls, projects, reports
from core.models.cycles import OPEN_STATES
from core.models.jobs import STAGES
from server.api.overview import control_runs_of, overview_of
from server.deps import Db, Id
from server.pages.admin import advice, frame, multiples
from server.pages.admin.frame import Shown
from server.pages.session import Visitor
from server.schemas.cycles import Cycle
from server.schemas.stages import Stage

router = APIRouter(include_in_schema=False)


@router.get("/projects/{project_id}")
def show_overview(project_id: Id, known: Visitor, db: Db) -> Response:
    """For reviewers and admins; annotators are led to their regions."""
    return frame.show(db, known, (project_id, ""), _draw, least="annotator")


def _draw(shown: Shown) -> Response:
    if not shown.may("reviewer"):
        return RedirectResponse(f"{shown.path}/annotate", status_code=303)
    found = overview_of(shown.db, shown.project)
    rows = reports.cycle_rows(shown.db, shown.project.id)
    classes = projects.classes(shown.db, shown.project.id)
    images = projects.image_counts(shown.db, shown.project.id)
    return shown.page(
        "overview",
        "Overview",
        found=found,
        rows=rows[::-1],
        measured=any(row["val_miou"] is not None for row in rows),
        **_control(shown, rows),
        multiples=multiples.of(rows, classes),
        images=images,
        stages=_stages(found.cycle),
        running=found.cycle is not None and found.cycle.state in OPEN_STATES,
        failure=_failure(shown, found.cycle),
        next_step=advice.next_step(found, images, admin=shown.may("admin")),
    )


def _control(shown: Shown, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Runs of the random control, newest first, and its regions beside the chosen ones."""
    mixed = any(0 < row["random_share"] < 1 for row in rows)
    runs = control_runs_of(shown.db, shown.project.id, rows) if mixed else []
    return {
        "runs": runs[::-1],
        "control_note": advice.of_control(runs, rows),
        "val_of": {row["cycle_id"]: row["val_miou"] for row in rows},
        "controls": controls.of(shown.db, shown.project.id) if mixed else [],
    }


def _stages(cycle: Cycle | None) -> list[tuple[str, Stage | None]]:
    """All stages in their order; None for those that have not been started."""
    jobs = {stage.kind: stage for stage in cycle.stages} if cycle else {}
    return [(kind, jobs.get(kind)) for kind in STAGES]  # type: ignore[call-overload]


def _failure(shown: Shown, cycle: Cycle | None) -> dict[str, Any] | None:
    """Which stage failed, why in plain words, and what it last said."""
    failed = [stage for stage in cycle.stages if stage.error] if cycle else []
    if cycle is None or cycle.state != "failed" or not failed:
        return None
    stage = failed[-1]
    assert stage.error is not None
    log = reports.log_of(shown.db, stage.job_id)
    return {"stage": stage, "reason": advice.plain(stage.error.kind), "log": log}
