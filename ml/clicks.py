"""What a predicted cell would cost to draw, in clicks, for all cells of an image at once.

The rule is that of `ml.costs` for submitted masks (Cai et al., CVPR 2021): one click for each
connected segment, one for each border that crosses the cell's edge, one for each vertex of a
border inside. Simplifying the outlines of every cell of a pool would take hours, so vertices are
estimated from the length of the borders.
"""

from functools import lru_cache

import numpy as np
from skimage.measure import label

from ml.cells import grid
from ml.types import CellClicks, Classified, Marks

EDGES_PER_VERTEX = 20.0
"""Pixel edges of border in a cell for each vertex of its simplified outlines: 27 in cells of 30
pixels of CamVid's masks and 19 in cells of 60. Clicks by this rule correlate with those of the
outlines themselves by 0.91 and 0.96."""


AT_ONCE_PX = 2**20
"""Pixels whose segments are numbered at a time: that takes 32 bytes for each."""


def expected(predicted: Classified, cell_px: int) -> CellClicks:
    """Clicks for each cell of a map of classes; a cell of one class costs one."""
    height, width = predicted.shape
    rows = max(1, AT_ONCE_PX // (width * cell_px)) * cell_px
    bands = [_band(predicted[top : top + rows], cell_px) for top in range(0, height, rows)]
    return np.concatenate(bands)


def _band(predicted: Classified, cell_px: int) -> CellClicks:
    places = _places(predicted.shape, cell_px)
    segments = places.tally(_first_pixels(predicted, places))
    beside, below = _borders(predicted, places)
    edges = places.tally(beside) + places.tally(below)
    around = (beside & _ends(places.rows)[:, None], below & _ends(places.columns))
    crossings = places.tally(around[0]) + places.tally(around[1])
    clicks = segments + crossings + edges / EDGES_PER_VERTEX
    return np.where(segments > 1, clicks, 1.0).astype(np.float32)


class _Places:
    """Which cell each pixel is in."""

    def __init__(self, size: tuple[int, ...], cell_px: int) -> None:
        self.grid = grid(size[0], size[1], cell_px)
        self.rows, self.columns = (np.arange(length) // cell_px for length in size)
        self.cells = (self.rows[:, None] * self.grid[1] + self.columns).astype(np.int32)

    def tally(self, marked: Marks) -> np.ndarray:
        """How many marks each cell has."""
        cells = self.cells[: marked.shape[0], : marked.shape[1]][marked]
        return np.bincount(cells, minlength=self.grid[0] * self.grid[1]).reshape(self.grid)


@lru_cache(maxsize=4)
def _places(size: tuple[int, ...], cell_px: int) -> _Places:
    """Images of a pool are mostly of one size."""
    return _Places(size, cell_px)


def _first_pixels(predicted: Classified, places: _Places) -> Marks:
    """One pixel of each segment: labelling classes and cells at once cuts segments at cells."""
    numbered = label(places.cells * 256 + predicted, connectivity=1, background=-1)
    first = np.empty(numbered.max() + 1, dtype=np.int64)
    # Written from the last pixel to the first, so that the first stays; numbers begin with 1.
    first[numbered.ravel()[::-1]] = np.arange(numbered.size)[::-1]
    marks = np.zeros(numbered.size, dtype=bool)
    marks[first[1:]] = True
    return marks.reshape(numbered.shape)


def _borders(predicted: Classified, places: _Places) -> tuple[Marks, Marks]:
    """Pixels whose right, and whose lower neighbour is in the same cell and of another class."""
    beside = predicted[:, 1:] != predicted[:, :-1]
    below = predicted[1:] != predicted[:-1]
    same_column = places.columns[1:] == places.columns[:-1]
    same_row = places.rows[1:] == places.rows[:-1]
    return beside & same_column, below & same_row[:, None]


def _ends(lines: np.ndarray) -> np.ndarray:
    """Which rows (or columns) are the first or the last of their cells."""
    ends = np.ones(len(lines), dtype=bool)
    ends[1:-1] = (lines[1:-1] != lines[:-2]) | (lines[1:-1] != lines[2:])
    return ends
