"""What an admin sees first: the newest cycle, the queue, the people, and what was spent."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import depth
from core.models import Cycle

COSTS = ("regions", "active_s", "actions", "clicks", "pixels")


def newest_cycle(db: Session, project_id: int) -> Cycle | None:
    """The project's newest cycle, open or over."""
    found = select(Cycle).where(Cycle.project_id == project_id).order_by(Cycle.number.desc())
    return db.scalar(found.limit(1))


def spent(cycle: Cycle | None, since: dict[str, Any]) -> dict[str, Any]:
    """What all labels took so far, as costs: what was frozen when the newest cycle started, and
    what its own regions took `since`, so that old labels are not added up again."""
    if cycle is None:
        return {"labelled_share": 0.0, **dict.fromkeys(COSTS, 0)}
    before = cycle.manifest_summary
    total = {name: before["cost"][name] + since[name] for name in COSTS}
    share = total["pixels"] / before["pool_px"] if before["pool_px"] else 0.0
    return {"labelled_share": share, **total}


def queue(db: Session, cycle: Cycle | None, counts: dict[str, int]) -> dict[str, int]:
    """Regions that wait for somebody, those that are held, and the rank regret."""
    if cycle is None or cycle.state != "labelling":
        return {"waiting": 0, "leased": 0, "rank_regret": 0}
    leased = counts["leased"]
    regret = depth.rank_regret(db, cycle.project_id)
    return {"waiting": counts["open"] - leased, "leased": leased, "rank_regret": regret}
