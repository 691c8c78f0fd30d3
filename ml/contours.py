"""The outlines of all segments at once, as closed chains of points.

Marching squares (Lorensen and Cline 1987) halfway between a segment and its surroundings. Each
outline begins and runs as scikit-image's find_contours has it for that segment alone, which goes
from point to point in Python.
"""

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
TABLES = [np.array([ways.get(case, (-1, -1)) for case in range(16)]) for ways in THROUGH]


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
    padded = np.pad(segments, 1).astype(np.intp)
    steps = _steps(padded)
    last, ahead = _places(steps)
    order = np.lexsort((-ahead, last))
    lengths = np.unique(last, return_counts=True)[1]
    ends = np.cumsum(lengths)
    closed = np.insert(order, ends, order[ends - lengths])
    return Outlines(
        _points(steps.starts[closed], padded.shape), lengths + 1, steps.numbers[order[ends - 1]]
    )


def _steps(padded: Indices) -> Steps:
    values = np.stack([padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]])
    rows, columns = np.nonzero((values != values[0]).any(axis=0))
    values, squares = values[:, rows, columns], rows * padded.shape[1] + columns
    found = []
    for corner in range(4):
        inside = values == values[corner]
        new = ~inside[:corner].any(axis=0) & (values[corner] > 0)
        cases = (inside[:, new] << np.arange(4)[:, None]).sum(axis=0)
        for part, table in enumerate(TABLES):
            runs = table[cases, 0] >= 0
            square, number = squares[new][runs], values[corner, new][runs]
            sides = table[cases[runs]].T
            edges = [_edges(padded, square, side, number) for side in sides]
            found.append(np.stack([2 * square + part, number, *edges]))
    every = np.concatenate(found, axis=1)
    return Steps(*every[1:, np.argsort(every[0], kind="stable")])


def _edges(padded: Indices, squares: Indices, sides: Indices, numbers: Indices) -> Indices:
    """Keys of the edges on these sides of the squares, as seen from the segments' pixels."""
    width = padded.shape[1]
    pixels = squares + np.array([0, 0, width, 1])[sides]
    upright = (sides == LEFT) | (sides == RIGHT)
    beyond = padded.ravel()[pixels] != numbers
    keys: Indices = 4 * pixels + 2 * upright + beyond
    return keys


def _points(keys: Indices, shape: tuple[int, ...]) -> Points:
    """The middles of the edges, in pixels of the unpadded map."""
    rows, columns = np.divmod(keys // 4, shape[1])
    upright = (keys // 2) % 2
    points: Points = np.stack([rows - 1 + upright * 0.5, columns - 0.5 - upright * 0.5], axis=1)
    return points


def _places(steps: Steps) -> tuple[Indices, Indices]:
    """Of each step: the last one of its outline in the order of rows, and how far it is ahead.

    That one closes the outline, which therefore begins behind it. Distances double with each look,
    so that the longest outline takes few of them.
    """
    by_start = np.argsort(steps.starts)
    following = by_start[np.searchsorted(steps.starts, steps.ends, sorter=by_start)]
    looks = range(len(following).bit_length())
    last, onward = np.arange(len(following)), following
    for _ in looks:
        last, onward = np.maximum(last, last[onward]), onward[onward]
    closing = last == np.arange(len(last))
    onward = np.where(closing, last, following)
    ahead = np.where(closing, 0, 1)
    for _ in looks:
        ahead, onward = ahead + ahead[onward], onward[onward]
    return last, ahead
