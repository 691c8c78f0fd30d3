"""What the labels bought: a row per cycle, read from the rows that the stages left."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from core import manifests, projects, tallies
from core.models import Cycle, Job, Label, Metric, Model, Region


def cycle_cost(db: Session, cycle: Cycle) -> dict[str, Any]:
    """What the labels of this cycle's own regions took so far."""
    return tallies.of(db, cycle.id, "cost", lambda: _cost_of_own(db, cycle))


def _cost_of_own(db: Session, cycle: Cycle) -> dict[str, Any]:
    labels = manifests.current_labels(cycle.project_id).where(Region.cycle_id == cycle.id)
    # None is older than its cycle: said for the index by time, or all of the project would be read.
    since = labels.where(Label.project_id == cycle.project_id, Label.created_at >= cycle.created_at)
    return manifests.region_cost(db, since)


def by_split(db: Session, cycle_id: int) -> dict[str, Metric]:
    """The cycle's metrics by split."""
    found = db.scalars(select(Metric).where(Metric.cycle_id == cycle_id))
    return {metric.split: metric for metric in found}


def named_iou(metric: Any, names: Sequence[str]) -> dict[str, float | None]:
    """IoU by class name; None for a class that neither truth nor prediction has."""
    # Classes may have been added since this was measured.
    return dict(zip(names, metric.iou, strict=False))


def cycle_rows(db: Session, project_id: int) -> list[dict[str, Any]]:
    """A row per cycle: what its model was trained on, and how good that made it."""
    names = [each.name for each in projects.classes(db, project_id)]
    found = select(Cycle).where(Cycle.project_id == project_id).order_by(Cycle.number)
    metrics, seconds = _measures(db, project_id), _all_stage_seconds(db, project_id)
    return [
        _row(cycle, metrics.get(cycle.id, {}), names) | {"stage_seconds": seconds.get(cycle.id, {})}
        for cycle in db.scalars(found)
    ]


def _measures(db: Session, project_id: int) -> dict[int, dict[str, Any]]:
    """IoU and mIoU by cycle and split, without the confusion matrices."""
    wanted = (Metric.cycle_id, Metric.split, Metric.iou, Metric.miou)
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in db.execute(select(*wanted).where(Metric.project_id == project_id)):
        found[row.cycle_id][row.split] = row
    return found


def _row(cycle: Cycle, metrics: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    iou = {split: named_iou(metric, names) for split, metric in metrics.items()}
    known = _known(iou.get("test") or iou.get("val") or {})
    summary = cycle.manifest_summary
    return {
        "cycle_id": cycle.id,
        "number": cycle.number,
        "state": cycle.state,
        "budget_regions": cycle.budget_regions,
        "recipe": str(cycle.recipe.get("name")),
        "acquisition": cycle.strategy["acquisition"],
        "random_share": cycle.strategy["random_share"],
        "labelled_share": summary["labelled_share"],
        "labelled_regions": summary["regions"],
        "labelled_images": summary["images"],
        "cost": summary["cost"],
        "val_miou": metrics["val"].miou if "val" in metrics else None,
        "test_miou": metrics["test"].miou if "test" in metrics else None,
        "best": _extreme(known, max),
        "worst": _extreme(known, min),
        "iou": iou,
    }


def _known(iou: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in iou.items() if value is not None}


def _extreme(known: dict[str, float], pick: Any) -> dict[str, Any] | None:
    if not known:
        return None
    name = pick(known, key=lambda each: known[each])
    return {"name": name, "iou": known[name]}


def stage_seconds(db: Session, cycle_id: int) -> dict[str, float]:
    """How long each finished stage's last attempt took, from its first shard to its last."""
    return _seconds_by_cycle(db, Job.cycle_id == cycle_id).get(cycle_id, {})


def _all_stage_seconds(db: Session, project_id: int) -> dict[int, dict[str, float]]:
    return _seconds_by_cycle(db, Job.project_id == project_id)


def _seconds_by_cycle(db: Session, which: ColumnElement[bool]) -> dict[int, dict[str, float]]:
    first, last = func.min(Job.claimed_at), func.max(Job.finished_at)
    seconds = func.extract("epoch", last - first)
    wanted = select(Job.cycle_id, Job.kind, seconds).where(which, Job.cycle_id.is_not(None))
    ended = func.bool_and(Job.finished_at.is_not(None)), first.is_not(None)
    rows: Iterable[Any] = db.execute(wanted.group_by(Job.cycle_id, Job.kind).having(and_(*ended)))
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for cycle_id, kind, took in rows:
        found[cycle_id][kind] = round(float(took), 3)
    return found


def log_of(db: Session, job_id: int) -> list[str]:
    """What a failed stage last said, line by line."""
    result = db.scalar(select(Job.result).where(Job.id == job_id)) or {}
    return [str(line) for line in result.get("log", ())]


def model_of_cycle(db: Session, cycle_id: int) -> Model | None:
    """The model that the cycle trained."""
    return db.scalar(select(Model).where(Model.cycle_id == cycle_id))


def models(db: Session, project_id: int) -> list[tuple[Model, dict[str, Any]]]:
    """Each model of the project with the row of its cycle, the newest first."""
    rows = {row["cycle_id"]: row for row in cycle_rows(db, project_id)}
    found = select(Model).where(Model.project_id == project_id).order_by(Model.id.desc())
    return [(model, rows[model.cycle_id]) for model in db.scalars(found)]


def label_count(db: Session, project_id: int) -> int:
    """Accepted labels, every revision."""
    found = select(func.count()).select_from(Label)
    accepted = found.where(Label.project_id == project_id, Label.status == "accepted")
    return db.scalar(accepted) or 0
