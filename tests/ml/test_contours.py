"""Outlines as scikit-image finds them, one segment after the other."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage.measure import find_contours, label

from ml import contours
from tests.camvid import camvid
from tests.ml.shapes import blobs, blocks, specks

Outline = tuple[int, list[list[float]]]


def segments(mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = label(mask, connectivity=1, background=-1)
    return found


def traced(numbered: NDArray[np.int64]) -> list[Outline]:
    found = contours.trace(numbered)
    points = np.split(found.points, np.cumsum(found.lengths)[:-1])
    return sorted(
        (int(number), outline.tolist())
        for number, outline in zip(found.numbers, points, strict=True)
    )


def by_reference(numbered: NDArray[np.int64]) -> list[Outline]:
    alone = [np.pad(numbered == i + 1, 1).astype(np.float32) for i in range(numbered.max())]
    return sorted(
        (number, (outline - 1).tolist())
        for number, each in enumerate(alone, start=1)
        for outline in find_contours(each, 0.5)
    )


@pytest.mark.parametrize("draw", [blobs, blocks, specks])
@pytest.mark.parametrize("seed", range(15))
def test_the_outlines_are_the_same_from_their_first_point_on(draw, seed: int):
    numbered = segments(draw(seed))
    assert traced(numbered) == by_reference(numbered)


def test_the_outlines_of_real_streets_are_the_same():
    path = sorted((camvid() / "train" / "masks").iterdir())[11]
    numbered = segments(np.asarray(Image.open(path)))
    assert traced(numbered) == by_reference(numbered)


def test_one_segment_has_the_frame_as_its_outline():
    [(number, outline)] = traced(np.ones((2, 3), np.int64))
    assert (number, len(outline), outline[0]) == (1, 2 * (2 + 3) + 1, outline[-1])


def test_a_hole_has_an_outline_on_both_sides():
    numbered = np.ones((5, 5), np.int64)
    numbered[2, 2] = 2
    assert [number for number, _ in traced(numbered)] == [1, 1, 2]
