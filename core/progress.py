"""How far the labelling is, for the person who labels: one query, since pages ask often."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.grants import FREE
from core.models import User
from core.regions import reason

# The order is the queue's, so that the first free region is found by its index.
PROGRESS = text(f"""
WITH cycle AS (
    SELECT id, number, state, opened_at FROM cycles WHERE project_id = :project
    ORDER BY number DESC LIMIT 1
), counted AS (
    SELECT count(*) AS total,
           count(*) FILTER (WHERE r.state = 'open') AS open,
           count(*) FILTER (WHERE r.state = 'open' AND r.lease_until >= now()) AS leased,
           count(*) FILTER (WHERE r.state = 'labelled') AS labelled,
           count(*) FILTER (WHERE r.state = 'skipped') AS skipped,
           count(*) FILTER (WHERE r.state = 'withdrawn') AS withdrawn
    FROM regions r WHERE r.cycle_id = (SELECT id FROM cycle) AND r.purpose = 'label'
), lately AS (
    SELECT l.region_id, l.active_ms, l.created_at >= now() - interval '1 hour' AS in_hour,
           l.created_at >= (SELECT opened_at FROM cycle) AS in_cycle
    FROM labels l
    WHERE l.user_id = :user AND l.project_id = :project AND l.status = 'accepted'
      AND l.created_at >= least(now() - interval '1 hour', (SELECT opened_at FROM cycle))
), mine AS (
    SELECT count(DISTINCT region_id) FILTER (WHERE in_cycle) AS labelled_in_cycle,
           count(DISTINCT region_id) FILTER (WHERE in_hour) AS labelled_in_hour,
           coalesce(sum(active_ms) FILTER (WHERE in_hour), 0) / 1000.0 AS active_s_in_hour,
           sum(active_ms) FILTER (WHERE in_cycle) / 1000.0 AS active_s_in_cycle
    FROM lately
)
SELECT cycle.*, counted.*, mine.*,
       (SELECT r.id FROM regions r WHERE {FREE} ORDER BY r.priority, r.rank, r.id LIMIT 1) AS free
FROM mine, counted LEFT JOIN cycle ON true
""")


def of(db: Session, project_id: int, user: User) -> dict[str, Any]:
    """The newest cycle with its regions by state, what `user` has labelled, and `reason`: why
    nothing more can be leased now, None where something can."""
    row = db.execute(PROGRESS, {"project": project_id, "user": user.id}).one()
    open_cycle = row.state == "labelling"
    return {
        "cycle": _cycle(row) if row.id is not None else None,
        "mine": _mine(row),
        "reason": None
        if row.free is not None
        else reason(labelling=open_cycle, still_open=row.open > 0),
    }


def _cycle(row: Any) -> dict[str, Any]:
    states = ("total", "open", "leased", "labelled", "skipped", "withdrawn")
    regions = {state: getattr(row, state) for state in states}
    return {"id": row.id, "number": row.number, "state": row.state, "regions": regions}


def _mine(row: Any) -> dict[str, Any]:
    labelled = row.labelled_in_cycle
    return {
        "labelled_in_cycle": labelled,
        "labelled_in_hour": row.labelled_in_hour,
        "active_s_in_hour": float(row.active_s_in_hour),
        "seconds_per_region": float(row.active_s_in_cycle) / labelled if labelled else None,
    }
