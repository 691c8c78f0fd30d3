"""The grid of an image: cells of `cell_px` native pixels, smaller at the right and lower edge.

Edge cells are never padded: their means are over the pixels that exist.
"""

import numpy as np

from ml.types import CellMix, CellScores, OpenCells, OpenPixels, PixelScores, Predicted

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
    return _sums(open_pixels, cell_px) * 2 >= _sums(np.ones_like(open_pixels), cell_px)


def pool(scores: PixelScores, open_pixels: OpenPixels, cell_px: int) -> CellScores:
    """Mean score over each cell's open pixels; CLOSED where `open_cells` says no."""
    counts = _sums(open_pixels, cell_px)
    totals = _sums(np.where(open_pixels, scores, 0.0), cell_px)
    means = totals / np.maximum(counts, 1.0)
    return np.where(open_cells(open_pixels, cell_px), means, CLOSED).astype(np.float32)


def mix(predicted: Predicted, open_pixels: OpenPixels, cell_px: int, classes: int) -> CellMix:
    """Entropy of the classes predicted in each cell's open pixels, in 0..ln classes."""
    counts = np.stack([_sums(open_pixels & (predicted == c), cell_px) for c in range(classes)])
    shares = counts / np.maximum(counts.sum(axis=0), 1.0)
    return -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=0)


def _sums(pixels: np.ndarray, cell_px: int) -> np.ndarray:
    rows = np.arange(0, pixels.shape[0], cell_px)
    columns = np.arange(0, pixels.shape[1], cell_px)
    by_row = np.add.reduceat(pixels.astype(np.float64), rows, axis=0)
    return np.add.reduceat(by_row, columns, axis=1)
