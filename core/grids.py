"""The pool as grids of cells, and what the score stage of a cycle left about them.

A grid is numbers from an image's size; no cell is a row, so a million cells are read in tenths of
a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import plans
from core.models import Image, Project
from core.shards import ScoreFiles
from core.store import Store
from ml import facts
from ml.cells import grid
from ml.facts import Facts

Cells = NDArray[np.int64]
"""(n, 3): image, row and column of each cell."""


@dataclass(frozen=True)
class Grids:
    """The pool's images that no mask labels as a whole, in the order of their ids; `opened` are
    the cells that nobody has dealt with and no open cycle asks for."""

    cell_px: int
    ids: Sequence[int]
    sizes: NDArray[np.int64]
    opened: Sequence[NDArray[np.bool_]]

    @classmethod
    def of(cls, db: Session, project: Project) -> "Grids":
        """Reads a row per image, and one per cell that was asked."""
        found = (
            select(Image.id, Image.height, Image.width, Image.cells_left)
            .where(Image.project_id == project.id, Image.split == "pool")
            .where(~Image.is_whole)
        )
        rows = db.execute(found.order_by(Image.id)).all()
        opened = {row.id: _unmasked(row, project.cell_px) for row in rows}
        asked = plans.cells_in(project.id, "labelled", "skipped", "open")
        for image_id, row, column in db.execute(asked):
            if image_id in opened:
                opened[image_id][row, column] = False
        sizes = np.array([row[1:3] for row in rows], dtype=np.int64).reshape(-1, 2)
        return cls(project.cell_px, list(opened), sizes, list(opened.values()))

    def areas(self, cells: Cells) -> NDArray[np.int64]:
        """Pixels of each cell; those at the right and lower edge may be smaller."""
        starts = cells[:, 1:] * self.cell_px
        sides = np.minimum(self.cell_px, self.sizes[cells[:, 0]] - starts)
        return np.asarray(sides[:, 0] * sides[:, 1], dtype=np.int64)


def _unmasked(row: Any, cell_px: int) -> NDArray[np.bool_]:
    """The cells of an image that its mask, if it has one, leaves open."""
    shape = grid(row.height, row.width, cell_px)
    if row.cells_left is None:
        return np.ones(shape, bool)
    return np.array(row.cells_left, np.int64).reshape(shape) > 0


@dataclass(frozen=True)
class Known:
    """Scores and facts of the images at `positions` of the grids, and where each begins in the
    facts; the others came after the scores."""

    positions: Sequence[int]
    scores: Sequence[NDArray[np.float32]]
    facts: Facts
    starts: NDArray[np.int64]
    columns: NDArray[np.int64]

    @classmethod
    def read(cls, store: Store, files: Sequence[ScoreFiles], grids: Grids) -> "Known":
        """From what a score stage left. Raises Failure when its files cannot be read."""
        paths = [store.path(each.cells) for each in files if each.cells]
        stored = {name: shape for path in paths for name, shape in facts.shapes(path).items()}
        shapes = [each.shape for each in grids.opened]
        names = [str(image_id) for image_id in grids.ids]
        positions = [i for i, name in enumerate(names) if stored.get(name) == shapes[i]]
        wanted = [(names[i], shapes[i]) for i in positions]
        sizes = np.array([rows * columns for _, (rows, columns) in wanted], dtype=np.int64)
        starts, columns = np.full((2, len(names)), -1, dtype=np.int64)
        starts[positions] = np.cumsum(sizes) - sizes
        columns[positions] = [shape[1] for _, shape in wanted]
        scores = facts.read_scores([store.path(each.scores) for each in files], wanted)
        return cls(positions, scores, facts.read(paths, wanted), starts, columns)

    def places(self, cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where the cells stand in the facts, and which of them do."""
        inside = self.starts[cells[:, 0]] >= 0
        image, row, column = cells[inside].T
        return self.starts[image] + row * self.columns[image] + column, inside

    def mix(self, places: NDArray[np.int64], areas: NDArray[np.int64]) -> dict[int, float]:
        """The share that each class is expected to have of the pixels of these cells."""
        some = self.facts.of(places)
        weights = some.shares[:, 0].astype(np.float64) * areas
        totals = np.bincount(some.classes[:, 0].ravel(), weights.ravel())
        shares = totals / max(totals.sum(), 1.0)
        return {value: round(float(share), 4) for value, share in enumerate(shares) if share > 0}
