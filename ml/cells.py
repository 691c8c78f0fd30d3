"""The grid of an image: cells of `cell_px` native pixels, smaller at the right and lower edge.

Edge cells are never padded: their means (`ml.pooling`) are over the pixels that exist.
"""

import numpy as np

from ml.types import CellCounts, OpenCells, OpenPixels

CLOSED = -1.0
"""The score of a cell that may not be asked; open cells score 0 or more."""


def grid(height: int, width: int, cell_px: int) -> tuple[int, int]:
    return -(-height // cell_px), -(-width // cell_px)


def box(cell: tuple[int, int], size: tuple[int, int], cell_px: int) -> tuple[int, int, int, int]:
    """(left, top, width, height) in pixels of cell (row, col) in an image of (height, width)."""
    top, left = cell[0] * cell_px, cell[1] * cell_px
    return left, top, min(cell_px, size[1] - left), min(cell_px, size[0] - top)


def open_cells(open_pixels: OpenPixels, cell_px: int) -> OpenCells:
    """Open while at least half of the cell's pixels were never labelled."""
    height, width = open_pixels.shape
    return counts(open_pixels, cell_px) * 2 >= areas(height, width, cell_px)


def areas(height: int, width: int, cell_px: int) -> CellCounts:
    """The pixels of each cell."""
    rows, columns = (
        np.minimum(cell_px, side - np.arange(0, side, cell_px)) for side in (height, width)
    )
    return np.outer(rows, columns).astype(np.int32)


def counts(pixels: OpenPixels, cell_px: int) -> CellCounts:
    """How many pixels of each cell are true."""
    rows = np.arange(0, pixels.shape[0], cell_px)
    columns = np.arange(0, pixels.shape[1], cell_px)
    by_row = np.add.reduceat(pixels, rows, axis=0, dtype=np.int32)
    return np.add.reduceat(by_row, columns, axis=1, dtype=np.int32)
