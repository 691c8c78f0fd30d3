"""How deep the queue is, who holds what and how fast, and whether people get the best regions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

# Rank regret: free regions ranked before one that somebody holds, by project. Skipped regions go
# to the end by intention, so those count for nothing. Held ones are found from the few live leases,
# and the index of the queue is read from its head to the last of them, however long it is.
REGRET = """
SELECT held.project_id, count(free.id) AS behind
FROM (
    SELECT r.project_id, r.cycle_id, max(r.rank) AS rank
    FROM leases l JOIN regions r ON r.id = l.region_id AND r.lease_id = l.id
    WHERE l.outcome IS NULL AND r.state = 'open' AND r.priority = 0 AND r.purpose = 'label'
      AND r.lease_until >= now()
    GROUP BY r.project_id, r.cycle_id
) AS held
LEFT JOIN regions free ON free.project_id = held.project_id AND free.cycle_id = held.cycle_id
    AND free.state = 'open' AND free.priority = 0 AND free.purpose = 'label'
    AND free.rank < held.rank
    AND (free.lease_until IS NULL OR free.lease_until < now())
GROUP BY held.project_id
"""

# Of the last hour, and of the cycle since its queue opened; only regions that are open are held.
PEOPLE = text("""
WITH lately AS (
    SELECT user_id, region_id, active_ms, created_at >= now() - interval '1 hour' AS in_hour,
           created_at >= CAST(:opened_at AS timestamptz) AS in_cycle
    FROM labels
    WHERE project_id = :project AND status = 'accepted'
      AND created_at >= least(now() - interval '1 hour', CAST(:opened_at AS timestamptz))
), worked AS (
    SELECT user_id,
           count(DISTINCT region_id) FILTER (WHERE in_cycle) AS labelled_in_cycle,
           count(DISTINCT region_id) FILTER (WHERE in_hour) AS labelled_in_hour,
           coalesce(sum(active_ms) FILTER (WHERE in_hour), 0) / 1000.0 AS active_s_in_hour,
           sum(active_ms) FILTER (WHERE in_cycle) / 1000.0 AS active_s_in_cycle
    FROM lately GROUP BY user_id
), holding AS (
    SELECT l.user_id, count(*) AS leases, max(r.lease_until) AS until
    FROM leases l JOIN regions r ON r.id = l.region_id AND r.lease_id = l.id
    WHERE l.project_id = :project AND l.outcome IS NULL AND r.state = 'open'
      AND r.lease_until >= now()
    GROUP BY l.user_id
)
SELECT u.id AS user_id, u.name, coalesce(h.leases, 0) AS leases, h.until AS leased_until,
       coalesce(w.labelled_in_cycle, 0) AS labelled_in_cycle,
       coalesce(w.labelled_in_hour, 0) AS labelled_in_hour,
       coalesce(w.active_s_in_hour, 0)::float AS active_s_in_hour,
       (w.active_s_in_cycle / nullif(w.labelled_in_cycle, 0))::float AS seconds_per_region
FROM worked w FULL JOIN holding h USING (user_id) JOIN users u ON u.id = user_id
ORDER BY labelled_in_hour DESC, labelled_in_cycle DESC, u.name
""")


def rank_regret(db: Session, project_id: int) -> int:
    """How many better regions are passed over now: 0 while annotators receive the ranking."""
    found = text(f"SELECT behind FROM ({REGRET}) AS regret WHERE project_id = :project")
    return db.scalar(found, {"project": project_id}) or 0


def people(db: Session, project_id: int, opened_at: Any) -> Sequence[dict[str, Any]]:
    """Whoever labels or holds regions now, the busiest first; `opened_at` is the newest cycle's
    (None without one)."""
    rows = db.execute(PEOPLE, {"project": project_id, "opened_at": opened_at})
    return [dict(row) for row in rows.mappings()]
