"""Masks that came with images and leave pixels that nobody was asked for: what they leave of each
cell is counted once, so that cells can be counted and chosen without reading masks again."""

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import masks
from core.masks import NOT_ASKED, Mask
from core.models import Image, Project
from core.store import Store
from ml.cells import counts, open_cells

PAGE = 500


def count(db: Session, store: Store, project: Project) -> None:
    """Note down what masks leave of each cell, where that is not known yet."""
    found = select(Image).where(Image.project_id == project.id, Image.split == "pool")
    unknown = found.where(Image.mask_px.is_not(None), Image.cells_left.is_(None))
    while page := db.scalars(unknown.order_by(Image.id).limit(PAGE)).all():
        for image in page:
            assert image.mask_key is not None
            image.cells_left = left(masks.stored(store.read(image.mask_key)), project.cell_px)
        db.flush()


def left(mask: Mask, cell_px: int) -> list[int]:
    """Row by row, the pixels of each cell that the mask does not label; 0 where these are fewer
    than half, by the rule of the learner (`ml.cells.open_cells`)."""
    unasked = mask == NOT_ASKED
    found = np.where(open_cells(unasked, cell_px), counts(unasked, cell_px), 0)
    return [int(each) for each in found.ravel()]


def forget(db: Session, project_id: int) -> None:
    """The cells have another size now."""
    known = Image.project_id == project_id, Image.cells_left.is_not(None)
    db.execute(update(Image).where(*known).values(cells_left=None))
