"""Cycles, stages and jobs against one another, and figures against what they were made of."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from core.cycles import STATE_OF
from core.integrity.finding import Finding
from core.integrity.rows import REPORT, RESTART, Check

OVERRUN_S = 10
STAGE_STATES = " ".join(f"WHEN '{state}' THEN '{kind}'" for kind, state in STATE_OF.items())

CHECKS = (
    Check(
        "cycle.stage",
        RESTART,
        f"""SELECT c.id, 'live jobs of ' || w.kind, coalesce(j.kinds, 'none') FROM cycles c
            CROSS JOIN LATERAL (SELECT CASE c.state {STAGE_STATES} END AS kind) w
            LEFT JOIN LATERAL (
                SELECT string_agg(DISTINCT kind, ', ') AS kinds FROM jobs
                WHERE cycle_id = c.id AND state IN ('pending', 'running')) j ON true
            WHERE w.kind IS NOT NULL AND w.kind IS DISTINCT FROM j.kinds""",
    ),
    Check(
        "cycle.over",
        RESTART,
        """SELECT c.id, 'no live job in a cycle that is ' || c.state,
                  'job ' || j.id || ' is ' || j.state
           FROM cycles c JOIN jobs j ON j.cycle_id = c.id AND j.state IN ('pending', 'running')
           WHERE c.state IN ('labelling', 'closed')
              OR (c.state IN ('cancelled', 'failed') AND j.cancel_requested_at IS NULL)""",
    ),
    Check(
        "cycle.failed",
        REPORT,
        """SELECT c.id, 'a failed stage', 'none' FROM cycles c WHERE c.state = 'failed'
           AND NOT EXISTS (SELECT FROM jobs j WHERE j.cycle_id = c.id AND j.state = 'failed')""",
    ),
    Check(
        "cycle.order",
        REPORT,
        """SELECT late.id, late.kind || ' after train', 'train is ' || t.state
           FROM jobs late JOIN jobs t ON t.cycle_id = late.cycle_id AND t.kind = 'train'
           WHERE late.kind <> 'train' AND t.state <> 'succeeded'""",
    ),
    Check(
        "stage.shards",
        REPORT,
        """SELECT cycle_id, kind || ' in shards 0 to ' || count(*) - 1, 'up to ' || max(shard)
           FROM jobs WHERE cycle_id IS NOT NULL GROUP BY cycle_id, kind
           HAVING max(shard) <> count(*) - 1""",
    ),
    Check(
        "stage.scored",
        REPORT,
        """SELECT s.id, 'no select before all is scored', 'score job ' || j.id || ' is ' || j.state
           FROM jobs s JOIN jobs j ON j.cycle_id = s.cycle_id AND j.kind = 'score'
           WHERE s.kind = 'select' AND j.state <> 'succeeded'""",
    ),
    Check(
        "cycle.regions",
        REPORT,
        """SELECT c.id, 'no open region in a cycle that is ' || c.state, count(*) || ' open'
           FROM cycles c JOIN regions r ON r.cycle_id = c.id AND r.state = 'open'
                AND r.purpose = 'label' AND r.rejection IS NULL
           WHERE c.state <> 'labelling' GROUP BY c.id""",
    ),
    Check(
        "cycle.numbers",
        REPORT,
        """SELECT project_id, 'numbers 0 to ' || count(*) - 1, 'up to ' || max(number)
           FROM cycles GROUP BY project_id HAVING max(number) <> count(*) - 1""",
    ),
    Check(
        "stage.selected",
        REPORT,
        """SELECT j.id, (j.result ->> 'regions') || ' regions', coalesce(r.n, 0) || ' regions'
           FROM jobs j LEFT JOIN (SELECT cycle_id, count(*) AS n FROM regions
                WHERE purpose = 'label' GROUP BY cycle_id) r
           ON r.cycle_id = j.cycle_id WHERE j.kind = 'select' AND j.state = 'succeeded'
           AND (j.result ->> 'regions')::bigint <> coalesce(r.n, 0)""",
    ),
    Check(
        "stage.trained",
        REPORT,
        """SELECT c.id, CASE WHEN m.id IS NULL THEN 'a model' ELSE 'no model' END,
                  'train is ' || coalesce(j.state, 'absent')
           FROM cycles c LEFT JOIN models m ON m.cycle_id = c.id
           LEFT JOIN jobs j ON j.cycle_id = c.id AND j.kind = 'train'
           WHERE (j.state IS NOT DISTINCT FROM 'succeeded') <> (m.id IS NOT NULL)""",
    ),
    Check(
        "stage.evaluated",
        REPORT,
        """SELECT c.id, CASE WHEN m.n IS NULL THEN 'metrics' ELSE 'no metrics' END,
                  'evaluate is ' || coalesce(j.state, 'absent')
           FROM cycles c
           LEFT JOIN (SELECT cycle_id, count(*) AS n FROM metrics GROUP BY cycle_id) m
           ON m.cycle_id = c.id
           LEFT JOIN jobs j ON j.cycle_id = c.id AND j.kind = 'evaluate'
           WHERE (j.state IS NOT DISTINCT FROM 'succeeded') <> (m.n IS NOT NULL)""",
    ),
    Check(
        "model.manifest",
        REPORT,
        """SELECT m.id, c.manifest_digest, m.manifest_digest
           FROM models m JOIN cycles c ON c.id = m.cycle_id
           WHERE m.manifest_digest <> c.manifest_digest""",
    ),
    Check(
        "job.overrun",
        RESTART,
        f"""SELECT id, 'a lease until now', 'running since its lease ended at ' || lease_until
            FROM jobs WHERE state = 'running'
            AND coalesce(lease_until, claimed_at) < now() - interval '{OVERRUN_S} s'""",
    ),
)


def wrong_figures(connection: Connection) -> Iterator[Finding]:
    """Metrics whose IoU or mean is not exactly what their confusion matrix gives."""
    rows = connection.execute(
        text("SELECT id, confusion, iou, miou FROM metrics ORDER BY id"),
        execution_options={"yield_per": 100},
    )
    for row_id, confusion, iou, miou in rows:
        expected = _recomputed(confusion)
        if expected != (iou, miou):
            given = f"{miou} of {iou}" if expected else "a matrix that is not square or negative"
            wanted = f"{expected[1]} of {expected[0]}" if expected else "counts, classes x classes"
            yield Finding("metric.figures", str(row_id), wanted, given, REPORT)


def _recomputed(confusion: list[Any]) -> tuple[list[float | None], float | None] | None:
    """IoU by class (hits / (truth + predicted - hits)) and their mean, from integer counts."""
    side = len(confusion)
    if any(len(row) != side or min(row, default=0) < 0 for row in confusion):
        return None
    predicted = [sum(column) for column in zip(*confusion, strict=True)]
    iou: list[float | None] = []
    for i, row in enumerate(confusion):
        union = sum(row) + predicted[i] - row[i]
        iou.append(row[i] / union if union else None)
    present = [value for value in iou if value is not None]
    return iou, (sum(present) / len(present) if present else None)
