"""Polygons as scikit-image makes them, one outline after the other."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage.measure import approximate_polygon, find_contours

from ml import outlines
from tests.camvid import camvid
from tests.ml.shapes import blobs, blocks

pytestmark = pytest.mark.slow

TOLERANCES_PX = (0.5, 1.5, 4.0)


def outlines_of(mask: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    padded = [np.pad(mask == value, 1).astype(np.float32) for value in np.unique(mask)]
    return [outline for each in padded for outline in find_contours(each, 0.5)]


def kept_by_reference(found: list[NDArray[np.float64]], tolerance_px: float) -> list[list[float]]:
    return [point for each in found for point in approximate_polygon(each, tolerance_px).tolist()]


def kept(found: list[NDArray[np.float64]], tolerance_px: float) -> list[list[float]]:
    points: list[list[float]] = np.concatenate(found)[flags(found, tolerance_px)].tolist()
    return points


def flags(found: list[NDArray[np.float64]], tolerance_px: float) -> NDArray[np.bool_]:
    lengths = np.array([len(each) for each in found])
    return outlines.kept(np.concatenate(found), lengths, tolerance_px)


@pytest.mark.parametrize("tolerance_px", TOLERANCES_PX)
@pytest.mark.parametrize("draw", [blobs, blocks])
@pytest.mark.parametrize("seed", range(12))
def test_the_same_points_are_kept(draw, seed: int, tolerance_px: float):
    found = outlines_of(draw(seed))
    assert kept(found, tolerance_px) == kept_by_reference(found, tolerance_px)


def test_the_same_points_of_real_streets_are_kept():
    for path in sorted((camvid() / "train" / "masks").iterdir())[::120]:
        found = outlines_of(np.asarray(Image.open(path)))
        assert kept(found, 1.5) == kept_by_reference(found, 1.5)


def test_the_ends_of_open_chains_are_kept():
    chain = np.array([[0.0, 0.0], [0.1, 5.0], [0.0, 10.0]])
    assert flags([chain, chain[:2]], 1.0).tolist() == [True, False, True, True, True]


def test_outlines_do_not_touch_each_other():
    """A neighbour's points are none of a chain's, however far away they lie."""
    line, far = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0]]), np.full((3, 2), 100.0)
    assert flags([line, far], 1.0).tolist() == [True, False, True, True, False, True]
