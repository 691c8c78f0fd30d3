"""Regions drawn at random among those that a strategy chose: what labels of either found.

They tell how often the model was wrong where the strategy looked, against anywhere, and what that
took; a curve of mIoU for them alone takes trainings (`control_runs`).
"""

from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from core import tallies
from core.models import Cycle, Label, Model, Region


def of(db: Session, project_id: int) -> list[dict[str, Any]]:
    """Of the newest cycle with a random share beside a strategy, by source: labelled regions, the
    clicks and active seconds of one, and the share of the pixels under a suggestion that people
    changed (None where no program told)."""
    cycle_id = db.scalar(_mixed(project_id))
    if cycle_id is None:
        return []
    return tallies.of(db, cycle_id, "controls", lambda: _of(db, cycle_id))


def _of(db: Session, cycle_id: int) -> list[dict[str, Any]]:
    source = case((Region.source == "random", "random"), else_="strategy").label("source")
    accepted, edited = (
        func.coalesce(func.sum(Label.origins[name].as_integer()), 0)
        for name in ("accepted", "edited")
    )
    counted = (
        select(
            Cycle.number,
            source,
            func.count().label("regions"),
            func.avg(Label.estimated_clicks).label("clicks"),
            (func.avg(Label.active_ms) / 1000).label("active_s"),
            (edited * 1.0 / func.nullif(accepted + edited, 0)).label("changed_share"),
        )
        .join(Region, Region.cycle_id == Cycle.id)
        .join(Label, Label.id == Region.label_id)
        .where(Cycle.id == cycle_id, Region.purpose == "label")
        .where(Region.state == "labelled")
        .group_by(Cycle.number, source)
        .order_by(source)
    )
    return [dict(row._mapping) for row in db.execute(counted)]


def _mixed(project_id: int) -> Any:
    share, by = Cycle.strategy["random_share"].as_float(), Cycle.strategy["acquisition"]
    found = select(Cycle.id).where(Cycle.project_id == project_id)
    # A cold start has no strategy yet.
    mixed = found.join(Model, Model.cycle_id == Cycle.id).where(
        share > 0, share < 1, by.as_string() != "random"
    )
    return mixed.order_by(Cycle.number.desc()).limit(1)
