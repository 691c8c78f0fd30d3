"""Regions that measure people and teach nothing: second opinions, and checks whose answer is known.

They go through the same queue, so that nobody can tell them from others. A second opinion is drawn
when the first is given; a check is planted before a lease, for one person.
"""

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from core import masks, projects
from core.boxes import box_of
from core.masks import NOT_ASKED, VOID, Mask
from core.models import Image, Label, Region
from core.store import Store

COPIED = """project_id, cycle_id, image_id, cell_row, cell_col, "left", top, width, height,
    score, source, suggestion_key, confidence_key, top_classes, suggestion_withheld"""
_OF_R = ", ".join(f"r.{name.strip()}" for name in COPIED.split(","))

DRAW = "((hashtextextended(r.id::text, 2) & 1048575) / 1048576.0)"

# Behind a region's first label: the same again, for somebody else.
SECOND = f"""
INSERT INTO regions ({COPIED}, priority, rank, state, epoch, purpose, twin_id)
SELECT {_OF_R}, r.priority, r.rank, 'open', 0, 'second', r.id
FROM label, regions r JOIN projects p ON p.id = r.project_id
WHERE r.id = :region AND label.revision = 1 AND r.purpose = 'label' AND {DRAW} < p.second_share
ON CONFLICT DO NOTHING
"""

# The place in the queue that a check takes: before what the person would get next, and only where
# there is something and no other check waits for them.
NEXT = """
SELECT r.cycle_id, r.rank, r.priority, r.score, r.source
FROM regions r JOIN cycles c ON c.id = r.cycle_id
WHERE r.project_id = :project AND r.state = 'open' AND r.purpose = 'label'
  AND r.return_to IS NULL AND c.state = 'labelling'
  AND (r.lease_until IS NULL OR r.lease_until < now())
  AND NOT EXISTS (SELECT FROM regions o WHERE o.project_id = :project AND o.purpose <> 'label'
                  AND o.purpose = 'check' AND o.return_to = :user AND o.state = 'open')
ORDER BY r.priority, r.rank, r.id LIMIT 1
"""
# A label of somebody else's that a reviewer has seen.
KNOWN = f"""
WITH next AS ({NEXT})
INSERT INTO regions ({COPIED}, priority, rank, state, epoch, purpose, twin_id, return_to)
SELECT r.project_id, next.cycle_id, {_OF_R.split(", ", 2)[2]},
       next.priority - 1, next.rank, 'open', 0, 'check', r.id, :user
FROM next, reviews v JOIN regions r ON r.id = v.region_id
WHERE v.project_id = :project AND v.state IN ('accepted', 'fixed') AND r.state = 'labelled'
  AND NOT EXISTS (SELECT FROM labels mine WHERE mine.region_id = r.id AND mine.user_id = :user)
  AND NOT EXISTS (SELECT FROM regions before WHERE before.twin_id = r.id
                  AND before.return_to = :user)
ORDER BY random() LIMIT 1
RETURNING id
"""
# A cell of an image that came with its mask.
MASKED = f"""
WITH next AS ({NEXT}), chosen AS (
    SELECT i.*, p.cell_px, floor(random() * ceil(i.height * 1.0 / p.cell_px))::bigint AS cell_row,
           floor(random() * ceil(i.width * 1.0 / p.cell_px))::bigint AS cell_col
    FROM images i JOIN projects p ON p.id = i.project_id
    WHERE i.project_id = :project AND i.mask_key IS NOT NULL AND i.mask_px IS NULL
    ORDER BY random() LIMIT 1
)
INSERT INTO regions (project_id, cycle_id, image_id, cell_row, cell_col, "left", top, width, height,
    score, source, priority, rank, state, epoch, purpose, return_to)
SELECT :project, next.cycle_id, chosen.id, cell_row, cell_col,
       cell_col * cell_px, cell_row * cell_px,
       least(cell_px, chosen.width - cell_col * cell_px),
       least(cell_px, chosen.height - cell_row * cell_px),
       next.score, next.source, next.priority - 1, next.rank, 'open', 0, 'check', :user
FROM next, chosen
"""


def plant(db: Session, project_id: int, user_id: int, share: float) -> None:
    """With the chance `share`, put a check before what this person gets next."""
    if random.random() >= share:
        return
    asked = {"project": project_id, "user": user_id}
    if db.execute(text(KNOWN), asked).first() is None:
        db.execute(text(MASKED), asked)


def measure(db: Session, store: Store, region_id: int, given: Mask) -> None:
    """Keep what was given against the answer, or against the first opinion."""
    region = db.get_one(Region, region_id, populate_existing=True)
    answer = _answer(db, store, region)
    if answer is not None:
        number = len(projects.classes(db, region.project_id))
        counted = confusion(answer, given, number)
        db.execute(update(Region).where(Region.id == region_id).values(confusion=sparse(counted)))


def _answer(db: Session, store: Store, region: Region) -> Mask | None:
    if region.twin_id is None:
        image = db.get_one(Image, region.image_id)
        assert image.mask_key is not None
        whole = masks.stored(store.read(image.mask_key))
        return whole[box_of(region).slices]
    twin = db.get_one(Region, region.twin_id)
    label = db.get(Label, twin.label_id) if twin.label_id else None
    return None if label is None else masks.stored(store.read(label.mask_key))


def confusion(one: Mask, other: Mask, number: int) -> NDArray[np.int64]:
    """(number + 1, number + 1) pixels, void as the last; what one was not asked is none."""
    asked = (one != NOT_ASKED) & (other != NOT_ASKED)
    pair = [np.where(each[asked] == VOID, number, each[asked]).astype(np.int64)
            for each in (one, other)]  # fmt: skip
    side = number + 1
    return np.bincount(pair[0] * side + pair[1], minlength=side * side).reshape(side, side)


def sparse(counted: NDArray[np.int64]) -> list[Any]:
    """[row, column, pixels] of what occurs."""
    return [[int(i), int(j), int(counted[i, j])] for i, j in np.argwhere(counted)]
