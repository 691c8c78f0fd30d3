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
    lines, bends = np.ascontiguousarray(points.T), _bends(points)
    while True:
        # Most pieces soon are straight, and need no more looking at.
        bent = bends[ends - 1] > bends[starts]
        starts, ends = starts[bent], ends[bent]
        if not len(starts):
            return keeps
        split = _furthest(lines, starts, ends, tolerance_px)
        keeps[split.at] = True
        starts, ends = (
            np.concatenate([starts[split.pieces], split.at]),
            np.concatenate([split.at, ends[split.pieces]]),
        )


def _bends(points: Points) -> Indices:
    """At how many points, up to each, the next step is not the same as the one before."""
    steps = points[1:] - points[:-1]
    bends = np.zeros(len(points), np.intp)
    bends[1:-1] = (steps[1:] != steps[:-1]).any(axis=1)
    return bends.cumsum()


class Split(NamedTuple):
    """The pieces that bend too much, and the point of each at which to cut it."""

    pieces: Indices
    at: Indices


def _furthest(points: Points, starts: Indices, ends: Indices, tolerance_px: float) -> Split:
    """Of each piece from `starts` to `ends` the point furthest from its chord, if too far.

    (2, n) points; no piece is of two alone.
    """
    lengths = ends - starts - 1
    behind = lengths.cumsum()
    first = behind - lengths
    index = np.arange(behind[-1]) + (starts + 1 - first).repeat(lengths)
    distances = _distances(points[:, index], points[:, starts], points[:, ends], lengths)
    highest = np.maximum.reduceat(distances, first)
    far = (highest > tolerance_px).nonzero()[0]
    highest = highest.repeat(lengths)
    tops = (distances == highest).nonzero()[0]
    # The first of several that are equally far; pieces lie one behind the other.
    return Split(far, index[tops[tops.searchsorted(first[far])]])


def _distances(points: Points, start: Points, end: Points, lengths: Indices) -> Points:
    """From the points to the chords of their pieces, or to the nearer end when they lie beyond.

    (2, n) points, `lengths` of each piece after the other; (2, pieces) `start` and `end`.
    """
    dr, dc = along = end - start
    angle = -np.arctan2(dr, dc)
    sine, cosine = np.sin(angle), np.cos(angle)
    offset = start[1] * sine + start[0] * cosine
    known = np.concatenate([start, end, along, [sine, cosine, offset]]).repeat(lengths, axis=1)
    from_start, from_end = points - known[:2], points - known[2:4]
    (dr, dc), (sine, cosine, offset) = known[4:6], known[6:]
    distances: Points = np.abs(points[0] * cosine + points[1] * sine - offset)
    ahead, back = from_start[0] * dr + from_start[1] * dc, from_end[0] * dr + from_end[1] * dc
    beyond = ((ahead <= 0) | (back >= 0)).nonzero()[0]
    if len(beyond):
        squares = [away[1, beyond] ** 2 + away[0, beyond] ** 2 for away in (from_start, from_end)]
        distances[beyond] = np.sqrt(np.minimum(*squares))
    return distances
