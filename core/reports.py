"""What the labels bought: a row per cycle, read from the rows that the stages left."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import manifests, projects
from core.models import Cycle, Job, Label, Metric, Model, Region


def cycle_cost(db: Session, cycle: Cycle) -> dict[str, Any]:
    """What the labels of this cycle's own regions took so far."""
    labels = manifests.current_labels(cycle.project_id).where(Region.cycle_id == cycle.id)
    return manifests.region_cost(db, labels)


def by_split(db: Session, cycle_id: int) -> dict[str, Metric]:
    """The cycle's metrics by split."""
    found = db.scalars(select(Metric).where(Metric.cycle_id == cycle_id))
    return {metric.split: metric for metric in found}


def named_iou(metric: Metric, names: Sequence[str]) -> dict[str, float | None]:
    """IoU by class name; None for a class that neither truth nor prediction has."""
    # Classes may have been added since this was measured.
    return dict(zip(names, metric.iou, strict=False))


def cycle_rows(db: Session, project_id: int) -> list[dict[str, Any]]:
    """A row per cycle: what its model was trained on, and how good that made it."""
    names = [each.name for each in projects.classes(db, project_id)]
    found = select(Cycle).where(Cycle.project_id == project_id).order_by(Cycle.number)
    return [_row(db, cycle, names) for cycle in db.scalars(found)]


def _row(db: Session, cycle: Cycle, names: Sequence[str]) -> dict[str, Any]:
    metrics = by_split(db, cycle.id)
    judged = metrics.get("test") or metrics.get("val")
    known = _known(named_iou(judged, names)) if judged else {}
    summary = cycle.manifest_summary
    return {
        "cycle_id": cycle.id,
        "number": cycle.number,
        "state": cycle.state,
        "labelled_share": summary["labelled_share"],
        "labelled_regions": summary["regions"],
        "labelled_images": summary["images"],
        "cost": summary["cost"],
        "val_miou": metrics["val"].miou if "val" in metrics else None,
        "test_miou": metrics["test"].miou if "test" in metrics else None,
        "best": _extreme(known, max),
        "worst": _extreme(known, min),
        "stage_seconds": stage_seconds(db, cycle.id),
    }


def _known(iou: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in iou.items() if value is not None}


def _extreme(known: dict[str, float], pick: Any) -> dict[str, Any] | None:
    if not known:
        return None
    name = pick(known, key=lambda each: known[each])
    return {"name": name, "iou": known[name]}


def stage_seconds(db: Session, cycle_id: int) -> dict[str, float]:
    """How long each finished stage's last attempt took."""
    seconds = func.extract("epoch", Job.finished_at - Job.claimed_at)
    found = select(Job.kind, seconds).where(Job.cycle_id == cycle_id)
    rows: Iterable[Any] = db.execute(found.where(Job.finished_at.is_not(None)))
    return {kind: round(float(took), 3) for kind, took in rows if took is not None}


def model_of_cycle(db: Session, cycle_id: int) -> Model | None:
    """The model that the cycle trained."""
    return db.scalar(select(Model).where(Model.cycle_id == cycle_id))


def label_count(db: Session, project_id: int) -> int:
    """Accepted labels, every revision."""
    found = select(func.count()).select_from(Label)
    accepted = found.where(Label.project_id == project_id, Label.status == "accepted")
    return db.scalar(accepted) or 0
