"""What strokes should leave on a mask, computed by NumPy and SciPy alone.

Points are (x, y) in pixels of the region; masks are (height, width) arrays of class values.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

Point = tuple[float, float]
UNSET, VOID = 254, 255


def centres(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """x and y of every pixel's centre."""
    rows, columns = np.indices(shape)
    return columns + 0.5, rows + 0.5


def brushed(shape: tuple[int, int], points: Sequence[Point], diameter: float) -> np.ndarray:
    """Where a round brush went: near the path, and the pixels that hold its points."""
    covered = np.zeros(shape, bool)
    for start, end in zip(points, points[1:] or points, strict=False):
        covered |= _distance(shape, start, end) <= diameter / 2
    for x, y in points:
        if 0 <= x < shape[1] and 0 <= y < shape[0]:
            covered[int(y), int(x)] = True
    return covered


def _distance(shape: tuple[int, int], start: Point, end: Point) -> np.ndarray:
    x, y = centres(shape)
    (x0, y0), (x1, y1) = start, end
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2
    along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length if length else np.zeros(shape)
    along = along.clip(0, 1)
    return np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))


def inside(shape: tuple[int, int], corners: Sequence[Point]) -> np.ndarray:
    """Pixels whose centre lies in the polygon, by the even-odd rule."""
    x, y = centres(shape)
    odd = np.zeros(shape, bool)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if y0 == y1:
            continue
        crosses = (y0 <= y) != (y1 <= y)
        odd ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return odd


def connected(values: np.ndarray, point: Point) -> np.ndarray:
    """The area of one value, joined by edges, that holds the point."""
    row, column = int(point[1]), int(point[0])
    areas, _ = ndimage.label(values == values[row, column])
    found: np.ndarray = areas == areas[row, column]
    return found


def holes_filled(mask: np.ndarray) -> np.ndarray:
    """Enclosed unset areas with the class that most of their edges border on."""
    filled = mask.copy()
    areas, count = ndimage.label(mask == UNSET)
    for area in range(1, count + 1):
        here = areas == area
        if here[0].any() or here[-1].any() or here[:, 0].any() or here[:, -1].any():
            continue
        votes = np.zeros(256, int)
        for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
            beside = np.roll(mask, -step, axis)[here]
            np.add.at(votes, beside[beside != UNSET], 1)
        filled[here] = votes.argmax()
    return filled
