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
    if not len(long):
        return Split(long, long)
    lengths = (ends - starts - 1)[long]
    first = np.cumsum(lengths) - lengths
    piece = np.repeat(np.arange(len(long)), lengths)
    index = np.arange(len(piece)) + (starts[long] + 1 - first)[piece]
    distances = _distances(points[index], points[starts[long]], points[ends[long]], piece)
    highest = np.maximum.reduceat(distances, first)
    far = highest > tolerance_px
    tops = np.flatnonzero((distances == highest[piece]) & far[piece])
    # The first of several that are equally far; pieces lie one behind the other.
    leading = np.diff(piece[tops], prepend=-1) > 0
    return Split(long[far], index[tops[leading]])


def _distances(points: Points, start: Points, end: Points, piece: Indices) -> Points:
    """From the points to the chord of their `piece`, or to its nearer end when they lie beyond."""
    (r, c), (r0, c0), (r1, c1) = points.T, start.T, end.T
    dr, dc = r1 - r0, c1 - c0
    angle = -np.arctan2(dr, dc)
    sine, cosine = np.sin(angle), np.cos(angle)
    offset = (c0 * sine + r0 * cosine)[piece]
    across = np.abs(r * cosine[piece] + c * sine[piece] - offset)
    r0, c0, r1, c1, dr, dc = (each[piece] for each in (r0, c0, r1, c1, dr, dc))
    from_start, from_end = (r - r0, c - c0), (r - r1, c - c1)
    along = (from_start[0] * dr + from_start[1] * dc > 0) & (
        -from_end[0] * dr - from_end[1] * dc > 0
    )
    beyond = np.sqrt(
        np.minimum(from_start[1] ** 2 + from_start[0] ** 2, from_end[1] ** 2 + from_end[0] ** 2)
    )
    distances: Points = np.where(along, across, beyond)
    return distances
