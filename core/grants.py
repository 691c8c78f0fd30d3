"""The statement that grants leases: the first free regions, to one session of one annotator."""

from collections import namedtuple
from collections.abc import Iterator, Sequence
from typing import Any

from core.models import Image, Lease, Region
from core.statements import Statement

# Regions r that nobody holds, that this user has not skipped, that wait for nobody else, and to
# which this user has not said the first opinion.
FREE = """
    r.project_id = :project AND r.state = 'open'
    AND (r.lease_until IS NULL OR r.lease_until < now())
    AND NOT EXISTS (SELECT 1 FROM leases s WHERE s.region_id = r.id AND s.user_id = :user
                    AND s.reason <> '')
    AND (r.return_to IS NULL OR r.return_to = :user OR r.return_until < now())
    AND (r.twin_id IS NULL OR NOT EXISTS (SELECT 1 FROM labels t WHERE t.region_id = r.twin_id
                                          AND t.user_id = :user))
"""

# What an annotator sees of a lease, and the names that the statement below has for it.
SEEN = {Lease: "l", Region: "r", Image: "i"}
COLUMNS = {name: [column.name for column in kind.__table__.columns] for kind, name in SEEN.items()}

# One statement: of the first free regions, take what the session lacks, mark the leases that ran
# out on them, write the new ones, and give them with those that the session has. The lock skips
# what others take or settle, and not what is merely looked at or referred to: a free region that
# is passed over breaks the order. The planner takes a LIMIT that it does not know for a tenth of
# the table, which it would read to the end; of an array it expects ten. For these it would look
# through everybody's live leases, and all that were since a vacuum, if it read `outcome IS NULL`.
TAKE = Statement(f"""
WITH live AS (
    SELECT l.* FROM leases l JOIN regions h ON h.id = l.region_id AND h.lease_id = l.id
    WHERE l.user_id = :user AND l.session = :session AND l.outcome IS NULL
      AND l.project_id = :project AND h.lease_until >= now() AND h.state = 'open'
), next AS (
    SELECT r.id FROM regions r WHERE {FREE}
    ORDER BY r.priority, r.rank, r.id
    LIMIT greatest(0, :count - (SELECT count(*) FROM live))
    FOR NO KEY UPDATE SKIP LOCKED
), lapsed AS (
    UPDATE leases l SET outcome = 'expired', ended_at = now()
    WHERE l.region_id = ANY (ARRAY(SELECT id FROM next)) AND coalesce(l.outcome, '') = ''
), taken AS (
    UPDATE regions r SET epoch = r.epoch + 1, lease_id = gen_random_uuid(),
           lease_until = now() + :ttl
    WHERE r.id = ANY (ARRAY(SELECT id FROM next))
    RETURNING r.*
), granted AS (
    INSERT INTO leases (id, project_id, region_id, user_id, session, epoch, granted_at, expires_at)
    SELECT lease_id, project_id, id, :user, :session, epoch, now(), lease_until FROM taken
    RETURNING *
)
SELECT {
    ", ".join(f'{name}."{each}" AS {name}_{each}' for name in COLUMNS for each in COLUMNS[name])
}, c.budget_regions, (SELECT b.id FROM labels b WHERE b.id = r.label_id AND b.user_id = l.user_id)
FROM (SELECT * FROM granted UNION ALL SELECT * FROM live) l
JOIN (SELECT * FROM taken UNION ALL
      SELECT h.* FROM live JOIN regions h ON h.id = live.region_id) r ON r.id = l.region_id
JOIN images i ON i.id = r.image_id
JOIN cycles c ON c.id = r.cycle_id
ORDER BY r.priority, r.rank, r.id
LIMIT :count
""")
# A double click must not take twice: one session's requests wait for one another. With it comes
# the share of checks among the project's leases.
ALONE = Statement("""
SELECT check_share FROM projects, pg_advisory_xact_lock(hashtextextended(:key, 0))
WHERE id = :project
""")

# Plain values in the place of rows as objects.
ROWS: list[Any] = [namedtuple(f"{kind.__name__}Row", COLUMNS[name]) for kind, name in SEEN.items()]


def parts(row: Sequence[Any]) -> Iterator[Any]:
    """A row of TAKE in its parts: lease, region, image, and the single values behind them."""
    at = 0
    for kind in ROWS:
        yield kind(*row[at : at + len(kind._fields)])
        at += len(kind._fields)
    yield from row[at:]
