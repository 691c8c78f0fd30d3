"""The outlines of all segments at once, as closed chains of points.

Marching squares (Lorensen and Cline 1987) halfway between a segment and its surroundings. Each
outline begins and runs as scikit-image's find_contours has it for that segment alone, which goes
from point to point in Python.
"""

from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Indices = NDArray[np.intp]
Segments = NDArray[np.integer]

# Sides of a square of four pixels.
TOP, LEFT, BOTTOM, RIGHT = range(4)
# By the corners inside (1 upper left, 2 upper right, 4 lower left, 8 lower right): from which side
# to which the outline runs through the square. Diagonal neighbours are not connected, so that two
# parts of an outline run through 6 and 9.
THROUGH = (
    {
        1: (TOP, LEFT),
        2: (RIGHT, TOP),
        3: (RIGHT, LEFT),
        4: (LEFT, BOTTOM),
        5: (TOP, BOTTOM),
        6: (RIGHT, TOP),
        7: (RIGHT, BOTTOM),
        8: (BOTTOM, RIGHT),
        9: (TOP, LEFT),
        10: (BOTTOM, TOP),
        11: (BOTTOM, LEFT),
        12: (LEFT, RIGHT),
        13: (TOP, RIGHT),
        14: (LEFT, TOP),
    },
    {6: (LEFT, BOTTOM), 9: (BOTTOM, RIGHT)},
)
# The upper left pixel of the edge on each side: one of the square's corners.
SEEN_FROM = (0, 0, 2, 1)
CORNERS = range(4)
PAIRS = [(one, other) for other in CORNERS for one in range(other)]


class Outlines(NamedTuple):
    """Points (row, column) of one outline after the other; each ends where it begins.

    `lengths` counts the points of each, and `numbers` names its segment.
    """

    points: Points
    lengths: Indices
    numbers: Indices


class Steps(NamedTuple):
    """Ways of outlines through squares, row by row: from one edge between two pixels to another.

    An edge's key also tells from which of its pixels it is seen, since two outlines share it.
    """

    numbers: Indices
    starts: Indices
    ends: Indices


def trace(segments: Segments) -> Outlines:
    """The outlines of all segments, numbered from 1, in a (height, width) map of them."""
    padded = np.zeros([side + 2 for side in segments.shape], np.intp)
    padded[1:-1, 1:-1] = segments
    steps = _steps(padded)
    chains = _chains(_following(steps, 4 * padded.size).tolist())
    lengths = np.array([len(chain) for chain in chains], np.intp)
    closed = np.fromiter(chain.from_iterable(chains), np.intp, lengths.sum())
    numbers = steps.numbers[[each[0] for each in chains]]
    return Outlines(_points(steps.starts[closed], padded.shape), lengths, numbers)


def _steps(padded: Indices) -> Steps:
    width = padded.shape[1]
    squares = _mixed_squares(padded)
    values = padded.ravel()[squares[:, None] + (0, 1, width, width + 1)]
    one, other = np.transpose(PAIRS)
    alike = (values[:, one] == values[:, other]) @ (1 << np.arange(len(PAIRS)))
    ways = _ways()
    numbers = np.take_along_axis(values, ways.corners[alike], axis=1)
    # What lies around the map has no outline.
    at, way = np.nonzero(ways.exist[alike] & (numbers > 0))
    keys = ways.keys + 4 * width * ways.below
    starts, ends = (keys[alike[at], way] + 4 * squares[at, None]).T
    return Steps(numbers[at, way], starts, ends)


def _mixed_squares(padded: Indices) -> Indices:
    """The squares of four pixels that are not all of one segment, by their upper left pixels."""
    first = padded[:-1, :-1]
    mixed = first != padded[:-1, 1:]
    mixed |= first != padded[1:, :-1]
    mixed |= first != padded[1:, 1:]
    rows, columns = np.nonzero(mixed)
    squares: Indices = rows * padded.shape[1] + columns
    return squares


class Ways(NamedTuple):
    """How outlines run through a square, by which pairs of its corners are of one segment.

    (64, 4) for at most four ways each: whether there is one, and a corner of its segment; then
    (64, 4, 2) for the edges at its start and its end: their keys but for where the square lies, and
    whether they are of the pixel below.
    """

    exist: NDArray[np.bool_]
    corners: Indices
    keys: Indices
    below: NDArray[np.bool_]


@cache
def _ways() -> Ways:
    cases = 1 << len(PAIRS)
    found = Ways(
        np.zeros((cases, 4), bool),
        np.zeros((cases, 4), np.intp),
        np.zeros((cases, 4, 2), np.intp),
        np.zeros((cases, 4, 2), bool),
    )
    for case in range(cases):
        alike = {pair for bit, pair in enumerate(PAIRS) if case >> bit & 1}
        for way, (corner, sides) in enumerate(_through(alike)):
            found.exist[case, way] = True
            found.corners[case, way] = corner
            found.keys[case, way] = [_key(side, corner, alike) for side in sides]
            found.below[case, way] = [side == BOTTOM for side in sides]
    return found


def _through(alike: set[tuple[int, int]]) -> Iterator[tuple[int, tuple[int, int]]]:
    """The ways through one square: the first corner of each one's segment, and its two sides."""
    for ways in THROUGH:
        for corner in CORNERS:
            if not any((before, corner) in alike for before in range(corner)):
                inside = sum(1 << each for each in CORNERS if _same(corner, each, alike))
                if inside in ways:
                    yield corner, ways[inside]


def _same(one: int, other: int, alike: set[tuple[int, int]]) -> bool:
    return one == other or (min(one, other), max(one, other)) in alike


def _key(side: int, corner: int, alike: set[tuple[int, int]]) -> int:
    """The edge's key, as seen from the corner's segment, for a square that begins at 0."""
    upright = side in (LEFT, RIGHT)
    beyond = not _same(corner, SEEN_FROM[side], alike)
    return 4 * (side == RIGHT) + 2 * upright + beyond


def _points(keys: Indices, shape: tuple[int, ...]) -> Points:
    """The middles of the edges, in pixels of the unpadded map."""
    rows, columns = np.divmod(keys // 4, shape[1])
    upright = (keys // 2) % 2
    points: Points = np.stack([rows - 1 + upright * 0.5, columns - 0.5 - upright * 0.5], axis=1)
    return points


def _following(steps: Steps, keys: int) -> Indices:
    """The step behind each."""
    starting = np.empty(keys, np.intp)
    starting[steps.starts] = np.arange(len(steps.starts))
    return starting[steps.ends]


def _chains(following: list[int]) -> list[list[int]]:
    """The steps of each outline and its first one again, in the order of their last ones.

    The last step of an outline in the order of rows closes it, which therefore begins behind it.
    """
    free = bytearray(b"\1" * len(following))
    chains = []
    while (closing := free.rfind(1)) >= 0:
        at = following[closing]
        steps = [at]
        while at != closing:
            free[at] = 0
            at = following[at]
            steps.append(at)
        free[closing] = 0
        steps.append(steps[0])
        chains.append(steps)
    return chains[::-1]
