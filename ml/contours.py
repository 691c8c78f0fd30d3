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
    chains = _chains(_following(steps).tolist())
    closed = np.array([step for chain in chains for step in (*chain, chain[0])], np.intp)
    lengths = np.array([len(chain) + 1 for chain in chains], np.intp)
    numbers = steps.numbers[[chain[0] for chain in chains]]
    return Outlines(_points(steps.starts[closed], padded.shape), lengths, numbers)


def _steps(padded: Indices) -> Steps:
    values = np.stack([padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]])
    rows, columns = np.nonzero((values != values[0]).any(axis=0))
    values, squares = values[:, rows, columns], rows * padded.shape[1] + columns
    # (4, 4, n): whether the segment of one corner is at another, too; each counts once.
    same = values[:, None] == values[None]
    new = (values > 0) & ~np.tril(same.transpose(2, 0, 1), -1).any(axis=2).T
    corners, places = np.nonzero(new)
    cases = (same[corners, :, places] << np.arange(4)).sum(axis=1)
    squares, numbers = squares[places], values[corners, places]
    parts, runs = np.nonzero([table[cases, 0] >= 0 for table in TABLES])
    sides = np.stack(TABLES)[parts, cases[runs]].T
    starts, ends = _edges(padded, squares[runs], sides, numbers[runs])
    order = np.argsort(2 * squares[runs] + parts, kind="stable")
    return Steps(numbers[runs][order], starts[order], ends[order])


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


def _following(steps: Steps) -> Indices:
    """The step behind each."""
    by_start = np.argsort(steps.starts)
    return by_start[np.searchsorted(steps.starts, steps.ends, sorter=by_start)]


def _chains(following: list[int]) -> list[list[int]]:
    """The steps of each outline, in the order of their last ones.

    The last step of an outline in the order of rows closes it, which therefore begins behind it.
    """
    taken = bytearray(len(following))
    chains = []
    for closing in range(len(following) - 1, -1, -1):
        if not taken[closing]:
            chains.append(_chain(following, closing, taken))
    return chains[::-1]


def _chain(following: list[int], closing: int, taken: bytearray) -> list[int]:
    chain, at = [], closing
    while not taken[closing]:
        at = following[at]
        taken[at] = True
        chain.append(at)
    return chain
