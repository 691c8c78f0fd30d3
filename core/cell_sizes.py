"""What a cell size means: how many cells the pool has, and how many clicks one of them takes.

Clicks are counted by the published rule (`ml.costs`) in masks that came with some images, over
some of their cells, drawn once and for all, so that the answer comes at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core import masks
from core.masks import VOID, Mask
from core.models import Image, Project
from core.models.projects import LARGEST_CELL_PX, SMALLEST_CELL_PX
from core.store import Store
from ml import costs

IMAGES, CELLS = 6, 96
KEPT = 200


@dataclass(frozen=True)
class CellSize:
    """`cells` of the pool; means over the looked-at cells, None without a mask to look at."""

    cell_px: int
    cells: int
    clicks_per_cell: float | None
    one_class_share: float | None


def usual(cell_px: int) -> list[int]:
    """This size, and smaller and larger ones to compare with."""
    around = (round(cell_px * factor) for factor in (0.5, 0.75, 1, 1.5, 2))
    return sorted({min(max(side, SMALLEST_CELL_PX), LARGEST_CELL_PX) for side in around})


def expected(db: Session, store: Store, project: Project, sizes: Sequence[int]) -> list[CellSize]:
    """Of each size in pixels: cells in the pool, clicks per cell, and the share of cells that one
    click fills."""
    keys = tuple(db.scalars(_masked(project.id)))
    return [_size(db, project.id, side, _counted(store, keys, side)) for side in sizes]


def _masked(project_id: int) -> Select[Any]:
    found = select(Image.mask_key).where(Image.project_id == project_id)
    return found.where(Image.mask_key.is_not(None)).order_by(Image.sha256).limit(IMAGES)


def _size(db: Session, project_id: int, side: int, clicks: Sequence[int]) -> CellSize:
    rows, columns = (func.ceil(length * 1.0 / side) for length in (Image.height, Image.width))
    pool = select(func.sum(rows * columns))
    cells = db.scalar(pool.where(Image.project_id == project_id, Image.split == "pool"))
    mean = float(np.mean(clicks)) if clicks else None
    alone = float(np.mean([each == 1 for each in clicks])) if clicks else None
    return CellSize(side, int(cells or 0), mean, alone)


_known: dict[tuple[tuple[str, ...], int], list[int]] = {}


def _counted(store: Store, keys: tuple[str, ...], side: int) -> list[int]:
    """Counted once in a process: files under their hash never change."""
    if (keys, side) not in _known:
        if len(_known) >= KEPT:
            _known.clear()
        _known[keys, side] = _clicks([masks.stored(store.read(key)) for key in keys], side)
    return _known[keys, side]


def _clicks(truth: Sequence[Mask], side: int) -> list[int]:
    """Of up to CELLS cells, those of void alone left out."""
    cells = [
        mask[top : top + side, left : left + side]
        for mask in truth
        for top in range(0, mask.shape[0], side)
        for left in range(0, mask.shape[1], side)
    ]
    # The same ones each time, and of no one column of the grid.
    some = np.random.default_rng(0).permutation(len(cells))[:CELLS]
    return [costs.clicks(cells[i]) for i in some if (cells[i] != VOID).any()]
