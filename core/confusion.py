"""Suggestions of a cycle against the labels that people gave: a confusion matrix by pixels, and
the regions behind each of its cells.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import tallies
from core.models import Cycle, Image, Label, Region

# Labels in force of the cycle's regions. None is older than its cycle: said for the index by time,
# or all labels there are would be read.
IN_FORCE = """
    SELECT r.id AS region, l.id AS label, l.confused, r.suggestion_key
    FROM regions r JOIN labels l ON l.id = r.label_id
    WHERE r.cycle_id = :cycle AND r.purpose = 'label' AND r.state = 'labelled'
      AND l.project_id = :project AND l.created_at >= :since
"""
PAIRS = """
    SELECT region, label, (told ->> 0)::int AS suggested, (told ->> 1)::int AS labelled,
           (told ->> 2)::bigint AS pixels
    FROM known, jsonb_array_elements(confused) told
"""
# The first row counts the regions, so that they are gone through once: those that are counted, and
# those whose labels are older than these counts.
COUNTED = text(f"""
    WITH known AS MATERIALIZED ({IN_FORCE})
    SELECT count(confused) AS labelled,
           count(*) FILTER (WHERE confused IS NULL AND suggestion_key IS NOT NULL) AS suggested,
           NULL AS pixels FROM known
    UNION ALL
    SELECT labelled, suggested, sum(pixels) FROM ({PAIRS}) pair GROUP BY labelled, suggested
""")
MISTAKEN = text(f"""
    WITH known AS ({IN_FORCE}
      -- Most labels have no such pair, and need not be taken apart.
      AND l.confused @> CAST(:pair AS jsonb)
    )
    SELECT region, label, pixels FROM ({PAIRS}) pair
    WHERE labelled = :labelled AND suggested = :suggested
    ORDER BY pixels DESC, region LIMIT :limit
""")
# Without a model nothing was suggested.
NEWEST = text("""
    SELECT c.id FROM cycles c WHERE c.project_id = :project
    AND EXISTS (SELECT FROM models m WHERE m.cycle_id = c.id)
    AND EXISTS (SELECT FROM regions r WHERE r.cycle_id = c.id AND r.state = 'labelled'
                AND r.purpose = 'label')
    ORDER BY c.number DESC LIMIT :limit
""")


class Suggested(NamedTuple):
    """How many regions `counts` (pixels by labelled and suggested class) is of; those `uncounted`
    had a suggestion too, but their labels are from before such counts were kept."""

    regions: int
    uncounted: int
    counts: list[list[int]]


class Mistaken(NamedTuple):
    """A region, its image and its label, and how many of its pixels it is about."""

    region: Region
    image: Image
    label: Label
    pixels: int


def cycles(db: Session, project_id: int, *, most: int) -> list[Cycle]:
    """Those with a model and with labelled regions, the newest first."""
    ids = db.scalars(NEWEST, {"project": project_id, "limit": most}).all()
    return [db.get_one(Cycle, each) for each in ids]


def matrix(db: Session, cycle: Cycle, classes: int) -> Suggested:
    """What was suggested in the cycle's regions against what people labelled."""
    (regions, uncounted, _), *pairs = tallies.of(
        db, cycle.id, "confusion", lambda: _counted(db, cycle)
    )
    counts = [[0] * classes for _ in range(classes)]
    for labelled, suggested, pixels in pairs:
        # A class may have been taken away since.
        if max(labelled, suggested) < classes:
            counts[labelled][suggested] = int(pixels)
    return Suggested(regions, uncounted, counts)


def _counted(db: Session, cycle: Cycle) -> Sequence[Any]:
    return db.execute(COUNTED, _asked(cycle)).all()


def _asked(cycle: Cycle) -> dict[str, Any]:
    return {"cycle": cycle.id, "project": cycle.project_id, "since": cycle.created_at}


def mistaken(
    db: Session, cycle: Cycle, *, labelled: int, suggested: int, most: int
) -> list[Mistaken]:
    """Regions where people labelled one class and the other was suggested, most pixels first."""
    pair = {"labelled": labelled, "suggested": suggested, "pair": f"[[{suggested}, {labelled}]]"}
    rows: list[Any] = list(db.execute(MISTAKEN, _asked(cycle) | pair | {"limit": most}))
    found = {
        kind: _by_id(db, kind, [row[at] for row in rows]) for at, kind in enumerate((Region, Label))
    }
    images = _by_id(db, Image, [each.image_id for each in found[Region].values()])
    return [
        Mistaken(
            region := found[Region][row[0]], images[region.image_id], found[Label][row[1]], row[2]
        )
        for row in rows
    ]


def _by_id(db: Session, kind: Any, ids: list[int]) -> dict[int, Any]:
    return {each.id: each for each in db.query(kind).where(kind.id.in_(ids))}
