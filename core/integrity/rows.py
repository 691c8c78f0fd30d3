"""Rows against rows: statements that give (id, expected, found) for whatever breaks a rule.

The database's own constraints hold what one row or one index can tell; these are the rules
between rows, which the transactions of core keep.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, text

from core.integrity.finding import Finding

# A transaction's clock stands still from its beginning, so neighbours may seem to overlap by as
# long as one waited for the other.
SLACK_S = 10


class Check(NamedTuple):
    """A rule's name, what to do when it is broken, and the rows that break it."""

    kind: str
    advice: str
    statement: str


REPORT = "No command mends this: keep the data as it is, restore a backup, and report it."
RECOUNT = "Annotators' masks are intact; report it with the audit trail (events) of this row."
RESTART = "Start the service: its reconciler takes the job back. Running already? See its log."

LABELS = (
    Check(
        "region.label",
        RECOUNT,
        """SELECT r.id, 'label ' || coalesce(n.id::text, 'none'),
                  'label ' || coalesce(r.label_id::text, 'none')
           FROM regions r LEFT JOIN LATERAL (
               SELECT l.id FROM labels l WHERE l.region_id = r.id AND l.status = 'accepted'
               ORDER BY l.revision DESC LIMIT 1) n ON true
           WHERE r.label_id IS DISTINCT FROM n.id""",
    ),
    Check(
        "region.state",
        RECOUNT,
        """SELECT id, CASE WHEN label_id IS NULL THEN 'not labelled' ELSE 'labelled' END, state
           FROM regions
           WHERE (state = 'labelled') <> (label_id IS NOT NULL) AND rejection IS NULL""",
    ),
    Check(
        "region.box",
        REPORT,
        """SELECT r.id, 'inside ' || i.width || 'x' || i.height,
                  r."left" || '+' || r.width || ', ' || r.top || '+' || r.height
           FROM regions r JOIN images i ON i.id = r.image_id
           WHERE r."left" < 0 OR r.top < 0
              OR r."left" + r.width > i.width OR r.top + r.height > i.height""",
    ),
    Check(
        "label.pixels",
        RECOUNT,
        """SELECT l.id, r.width * r.height || ' pixels',
                  l.labelled_px + l.void_px + l.not_asked_px || ' pixels'
           FROM labels l JOIN regions r ON r.id = l.region_id
           WHERE l.labelled_px + l.void_px + l.not_asked_px <> r.width * r.height""",
    ),
    Check(
        "label.revisions",
        REPORT,
        """SELECT region_id, 'revisions 1 to ' || count(*), 'up to ' || max(revision)
           FROM labels GROUP BY region_id HAVING max(revision) <> count(*) OR min(revision) <> 1""",
    ),
)

LEASES = (
    Check(
        "region.epoch",
        REPORT,
        """SELECT r.id, 'epoch ' || coalesce(l.newest, 0), 'epoch ' || r.epoch
           FROM regions r LEFT JOIN (
               SELECT region_id, max(epoch) AS newest FROM leases GROUP BY region_id) l
           ON l.region_id = r.id WHERE r.epoch <> coalesce(l.newest, 0)""",
    ),
    Check(
        "lease.epochs",
        REPORT,
        """SELECT region_id, 'epochs 1 to ' || max(epoch), count(*) || ' leases from ' || min(epoch)
           FROM leases GROUP BY region_id HAVING count(*) <> max(epoch) OR min(epoch) <> 1""",
    ),
    Check(
        "lease.overlap",
        REPORT,
        f"""SELECT id, 'granted after ' || before, 'granted at ' || granted_at FROM (
               SELECT id, granted_at, lag(greatest(granted_at, coalesce(ended_at, expires_at)))
                      OVER (PARTITION BY region_id ORDER BY epoch) AS before FROM leases) l
           WHERE granted_at < before - interval '{SLACK_S} s'""",
    ),
    Check(
        "lease.open",
        REPORT,
        """SELECT region_id, 'at most one open lease', count(*) || ' open leases'
           FROM leases WHERE outcome IS NULL GROUP BY region_id HAVING count(*) > 1""",
    ),
    Check(
        "region.lease",
        REPORT,
        """SELECT r.id, 'an open lease of epoch ' || r.epoch,
                  coalesce('epoch ' || l.epoch || ', ' || coalesce(l.outcome, 'open'), 'none')
           FROM regions r LEFT JOIN leases l ON l.id = r.lease_id
           WHERE r.lease_id IS NOT NULL AND (l.id IS NULL OR l.region_id <> r.id
                 OR l.epoch <> r.epoch OR l.outcome IS NOT NULL)""",
    ),
    Check(
        "lease.submitted",
        REPORT,
        """SELECT l.id, CASE WHEN a.id IS NULL THEN 'no accepted label' ELSE 'submitted' END,
                  coalesce(l.outcome, 'open')
           FROM leases l LEFT JOIN labels a ON a.lease_id = l.id AND a.status = 'accepted'
           WHERE (l.outcome IS NOT DISTINCT FROM 'submitted') <> (a.id IS NOT NULL)""",
    ),
)


def _belongs(table: str, column: str, owner: str) -> Check:
    return Check(
        f"{table}.project",
        REPORT,
        f"""SELECT x.id, 'project ' || y.project_id, 'project ' || x.project_id
            FROM {table} x JOIN {owner} y ON y.id = x.{column}
            WHERE x.project_id <> y.project_id""",
    )


OWNERS = (
    _belongs("regions", "cycle_id", "cycles"),
    _belongs("regions", "image_id", "images"),
    _belongs("labels", "region_id", "regions"),
    _belongs("leases", "region_id", "regions"),
    _belongs("jobs", "cycle_id", "cycles"),
    _belongs("models", "cycle_id", "cycles"),
    _belongs("metrics", "model_id", "models"),
    Check(
        "project.suggesting_model",
        "Choose another model on the project's page of models.",
        """SELECT p.id, 'a model of this project', 'model ' || p.suggesting_model_id
           FROM projects p LEFT JOIN models m
                ON m.id = p.suggesting_model_id AND m.project_id = p.id
           WHERE p.suggesting_model_id IS NOT NULL AND m.id IS NULL""",
    ),
)

ROWS = (*LABELS, *LEASES, *OWNERS)


def broken(connection: Connection, checks: tuple[Check, ...]) -> Iterator[Finding]:
    """The rows that break one of the rules, a page of them in memory at a time."""
    for check in checks:
        rows = connection.execute(text(check.statement), execution_options={"yield_per": 1000})
        for row_id, expected, found in rows:
            yield Finding(check.kind, str(row_id), str(expected), str(found), check.advice)
