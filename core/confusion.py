"""Suggestions of a cycle against the labels that people gave: a confusion matrix by pixels, and
the regions behind each of its cells.
"""

from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.models import Cycle, Image, Label, Region

# Labels in force of the cycle's regions; those older than their suggestion's counts have none.
IN_FORCE = """
    SELECT r.id AS region, l.id AS label, l.confused
    FROM regions r JOIN labels l ON l.id = r.label_id
    WHERE r.cycle_id = :cycle AND r.purpose = 'label' AND r.state = 'labelled'
      AND l.confused IS NOT NULL
"""
PAIRS = """
    SELECT region, label, (told ->> 0)::int AS suggested, (told ->> 1)::int AS labelled,
           (told ->> 2)::bigint AS pixels
    FROM known, jsonb_array_elements(confused) told
"""
# The first row counts the regions, so that they are gone through once.
COUNTED = text(f"""
    WITH known AS MATERIALIZED ({IN_FORCE})
    SELECT NULL AS labelled, NULL AS suggested, count(*) AS pixels FROM known
    UNION ALL
    SELECT labelled, suggested, sum(pixels) FROM ({PAIRS}) pair GROUP BY labelled, suggested
""")
MISTAKEN = text(f"""
    WITH known AS ({IN_FORCE})
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


def matrix(db: Session, cycle: Cycle, classes: int) -> tuple[int, list[list[int]]]:
    """How many regions, and pixels by labelled (rows) and suggested class."""
    (_, _, regions), *pairs = db.execute(COUNTED, {"cycle": cycle.id}).all()
    counts = [[0] * classes for _ in range(classes)]
    for labelled, suggested, pixels in pairs:
        # A class may have been taken away since.
        if max(labelled, suggested) < classes:
            counts[labelled][suggested] = int(pixels)
    return regions, counts


def mistaken(
    db: Session, cycle: Cycle, *, labelled: int, suggested: int, most: int
) -> list[Mistaken]:
    """Regions where people labelled one class and the other was suggested, most pixels first."""
    asked = {"cycle": cycle.id, "labelled": labelled, "suggested": suggested, "limit": most}
    rows: list[Any] = list(db.execute(MISTAKEN, asked))
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
