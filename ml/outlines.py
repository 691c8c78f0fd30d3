"""Polygons from outlines, all those of a mask at once.

The algorithm of Douglas and Peucker (1973), as scikit-image's approximate_polygon has it and with
the same results; that one goes through a chain piece by piece, which takes most of the time that
a mask costs.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]


def kept(points: Points, lengths: Indices, tolerance_px: float) -> Flags:
    """Which of the (k, 2) points, `lengths` of each outline after the other, their polygons keep.

    Both ends of each are kept; no point lies further than `tolerance_px` from its polygon.
    """
    ends = np.cumsum(lengths) - 1
    starts = ends + 1 - lengths
    keeps = np.zeros(len(points), bool)
    keeps[starts] = keeps[ends] = True
    while len(starts):
        split = _furthest(points, starts, ends, tolerance_px)
        keeps[split.at] = True
        starts, ends = (
            np.concatenate([starts[split.pieces], split.at]),
            np.concatenate([split.at, ends[split.pieces]]),
        )
    return keeps


class Split(NamedTuple):
    """The pieces that bend too much, and the point of each at which to cut it."""

    pieces: Indices
    at: Indices


def _furthest(points: Points, starts: Indices, ends: Indices, tolerance_px: float) -> Split:
    """Of each piece from `starts` to `ends` the point furthest from its chord, if too far."""
    long = np.flatnonzero(ends - starts > 1)
    lengths = (ends - starts - 1)[long]
    first = np.cumsum(lengths) - lengths
    piece = np.repeat(long, lengths)
    index = np.arange(lengths.sum()) + np.repeat(starts[long] + 1 - first, lengths)
    distances = _distances(points, index, starts[piece], ends[piece])
    highest = np.maximum.reduceat(distances, first) if len(long) else distances
    far = highest > tolerance_px
    tops = np.flatnonzero((distances == np.repeat(highest, lengths)) & np.repeat(far, lengths))
    # The first of several that are equally far.
    _, leading = np.unique(piece[tops], return_index=True)
    return Split(long[far], index[tops[leading]])


def _distances(points: Points, index: Indices, start: Indices, end: Indices) -> Points:
    """From the points to their chords, or to a chord's nearer end when they lie beyond it."""
    (r, c), (r0, c0), (r1, c1) = points[index].T, points[start].T, points[end].T
    dr, dc = r1 - r0, c1 - c0
    angle = -np.arctan2(dr, dc)
    sine, cosine = np.sin(angle), np.cos(angle)
    across = np.abs(r * cosine + c * sine - (c0 * sine + r0 * cosine))
    along = ((r - r0) * dr + (c - c0) * dc > 0) & (-(r - r1) * dr - (c - c1) * dc > 0)
    beyond = np.minimum(
        np.sqrt((c - c0) ** 2 + (r - r0) ** 2), np.sqrt((c - c1) ** 2 + (r - r1) ** 2)
    )
    distances: Points = np.where(along, across, beyond)
    return distances
