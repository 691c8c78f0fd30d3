"""COCO's shapes to pixels: polygons, and run lengths as lists or packed into text.

The packed form (pycocotools, `maskApi.c`) writes runs column by column, from the third on as the
difference to the one two before, five bits a character. It is unpacked here, since the library
takes what it is given on trust; polygons are drawn by the library, within bounds.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from core.errors import Invalid, MaskSizeMismatch
from core.masks import Size

MOST_CORNERS = 100_000

Shape = NDArray[np.bool_]


def decode(given: Any, size: Size) -> Shape:
    """(height, width) of what an annotation covers. Raises Invalid, MaskSizeMismatch."""
    if isinstance(given, list):
        return _polygons(given, size)
    if not isinstance(given, dict):
        raise Invalid("Expected polygons or run lengths as the segmentation.")
    if given.get("size") != [size.height, size.width]:
        raise MaskSizeMismatch(
            f"Expected run lengths of {size}, as [height, width]; given {given.get('size')}."
        )
    counts = given.get("counts")
    runs = unpacked(counts) if isinstance(counts, str) else counts
    return filled(runs, size)


def filled(runs: Any, size: Size) -> Shape:
    """The shape of runs, column by column, that begin with what is not covered."""
    if not isinstance(runs, list) or not all(type(run) is int and run >= 0 for run in runs):
        raise Invalid("Expected run lengths as numbers from 0 on.")
    if sum(runs) != size.width * size.height:
        raise Invalid(f"The run lengths add up to {sum(runs)} pixels; expected those of {size}.")
    covered = np.arange(len(runs)) % 2 == 1
    return np.repeat(covered, runs).reshape(size.width, size.height).T


def runs_of(shape: Shape) -> list[int]:
    """The run lengths of a shape."""
    flat = shape.T.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    ends = np.concatenate([[0] if not flat.size or not flat[0] else [0, 0], edges, [flat.size]])
    return [int(run) for run in np.diff(ends)]


def unpacked(text: str) -> list[int]:
    """Run lengths from their packed form."""
    runs: list[int] = []
    value, shift = 0, 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise Invalid("The packed run lengths are damaged.")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value, shift = 0, 0
    return runs


def packed(runs: list[int]) -> str:
    """Run lengths in their packed form."""
    return "".join(_packed(run - (runs[i - 2] if i > 2 else 0)) for i, run in enumerate(runs))


def _packed(value: int) -> str:
    written = []
    while True:
        bits, value = value & 31, value >> 5
        over = value == (-1 if bits & 16 else 0)
        written.append(chr(48 + (bits if over else bits | 32)))
        if over:
            return "".join(written)


def _polygons(given: list[Any], size: Size) -> Shape:
    covered = np.zeros((size.height, size.width), bool)
    for polygon in given:
        [drawn] = coco.frPyObjects([_corners(polygon, size)], size.height, size.width)
        covered |= filled(unpacked(drawn["counts"].decode()), size)
    return covered


def _corners(polygon: Any, size: Size) -> list[float]:
    """x, y, x, y, ...: finite and near the picture, since drawing takes time by their distance."""
    numbers = isinstance(polygon, list) and all(type(each) in (int, float) for each in polygon)
    if not numbers or len(polygon) < 6 or len(polygon) % 2 or len(polygon) > 2 * MOST_CORNERS:
        raise Invalid("Expected a polygon as a list of x, y of three corners and more.")
    corners = np.array(polygon, np.float64)
    reach = 2 * max(size)
    if not np.isfinite(corners).all() or np.abs(corners).max() > reach:
        raise Invalid(f"A polygon's corner lies further than {reach} pixels from the image.")
    return [float(each) for each in corners]
