"""The usual end of a lease, which annotators reach all day: the first label of an open region."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from core import checks, cycles, reviews
from core.access import Held
from core.models import Lease
from core.statements import Statement


@dataclass(frozen=True)
class Effort:
    """What the annotator spent: milliseconds of activity, and actions by kind."""

    active_ms: int = 0
    clicks: int = 0
    strokes: int = 0
    keys: int = 0

    @property
    def actions(self) -> dict[str, int]:
        return {"clicks": self.clicks, "strokes": self.strokes, "keys": self.keys}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What a mask says of itself, and where its files lie."""

    mask_key: str
    origin_key: str | None
    origins: dict[str, int] | None
    confused: list[list[int]] | None
    labelled_px: int
    void_px: int
    not_asked_px: int
    estimated_clicks: int


@dataclass(frozen=True, kw_only=True)
class Settled(Drawn):
    """What was written of a label that settled an open region, and its cycle's state then."""

    id: int
    created_at: datetime
    revision: int
    cycle_state: str
    project_id: int
    region_id: int
    user_id: int
    lease_id: UUID
    active_ms: int
    actions: dict[str, int]
    status: str = "accepted"


# In one statement: the label, the region settled, the lease over, the event. Its region is locked
# before, so that all of it sees what others have committed. Whether other regions of the cycle are
# open leaves out what somebody settles at this moment, as `cycles.close_if_done` does; in the
# queue's order, since the planner would look for any one from the table's beginning, past all that
# was ever labelled.
SETTLE = Statement(f"""
WITH label AS (
    INSERT INTO labels (project_id, region_id, user_id, lease_id, revision, status, mask_key,
        origin_key, origins, confused, labelled_px, void_px, not_asked_px, estimated_clicks,
        active_ms, actions)
    VALUES (:project, :region, :user, :lease,
        1 + (SELECT coalesce(max(revision), 0) FROM labels WHERE region_id = :region),
        'accepted', :mask_key, :origin_key, :origins, :confused, :labelled_px, :void_px,
        :not_asked_px, :estimated_clicks, :active_ms, :actions)
    RETURNING id, created_at, revision
), settled AS (
    UPDATE regions SET state = 'labelled', label_id = label.id, lease_id = NULL, lease_until = NULL,
        rejection = NULL
    FROM label WHERE regions.id = :region
), ended AS (
    UPDATE leases SET outcome = 'submitted', ended_at = now() WHERE id = :lease
), asked AS ({reviews.ASK}), second AS ({checks.SECOND}), told AS (
    INSERT INTO events (kind, project_id, cycle_id, user_id, data)
    SELECT 'region.labelled', :project, :cycle, :user,
        jsonb_build_object('region', CAST(:region AS bigint), 'label', id, 'revision', revision)
    FROM label
)
SELECT id, created_at, revision, EXISTS (
    SELECT FROM (SELECT FROM regions WHERE project_id = :project AND cycle_id = :cycle
                 AND state = 'open' AND purpose = 'label' AND id <> :region
                 ORDER BY priority, rank, id
                 LIMIT 1 FOR KEY SHARE SKIP LOCKED) AS others) AS others,
    (SELECT state FROM cycles WHERE id = :cycle) AS cycle_state
FROM label
""")


# What of it is JSON.
OBJECTS = ("origins", "confused", "actions")


def settle(db: Session, held: Lease | Held, drawn: Drawn, effort: Effort, **where: int) -> Settled:
    """Write the label of an open region, whose row is locked; close the cycle after the last one.

    `where` are project, cycle and region.
    """
    said = vars(drawn) | {"active_ms": effort.active_ms, "actions": effort.actions}
    objects = {name: Jsonb(said[name]) for name in OBJECTS if said[name] is not None}
    row = SETTLE.row(db, **said | objects, **where, user=held.user_id, lease=held.id)
    state = row.cycle_state
    if not row.others:
        cycles.close_if_done(db, where["cycle"])
        state = cycles.state_of(db, where["cycle"])
    return Settled(
        id=row.id,
        created_at=row.created_at,
        revision=row.revision,
        cycle_state=state,
        project_id=where["project"],
        region_id=where["region"],
        user_id=held.user_id,
        lease_id=held.id,
        **said,
    )
