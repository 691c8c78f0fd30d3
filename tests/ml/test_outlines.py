"""Polygons as scikit-image makes them, one outline after the other."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.measure import approximate_polygon, find_contours

from ml import outlines
from tests.camvid import camvid

TOLERANCES_PX = (0.5, 1.5, 4.0)


def blobs(seed: int, side: int = 60) -> NDArray[np.uint8]:
    """Four classes in soft shapes, islands and holes among them."""
    noise = np.random.default_rng(seed).normal(size=(4, side, side))
    return gaussian_filter(noise, (0, 1 + seed % 4, 1 + seed % 4)).argmax(axis=0).astype(np.uint8)


def blocks(seed: int) -> NDArray[np.uint8]:
    """Straight edges and right angles, where many points are equally far."""
    small = np.random.default_rng(seed).integers(0, 3, (9, 12), np.uint8)
    return small.repeat(1 + seed % 5, axis=0).repeat(1 + seed % 3, axis=1)


def outlines_of(mask: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    padded = [np.pad(mask == value, 1).astype(np.float32) for value in np.unique(mask)]
    return [outline for each in padded for outline in find_contours(each, 0.5)]


def kept_by_reference(found: list[NDArray[np.float64]], tolerance_px: float) -> list[list[float]]:
    return [point for each in found for point in approximate_polygon(each, tolerance_px).tolist()]


def kept(found: list[NDArray[np.float64]], tolerance_px: float) -> list[list[float]]:
    points: list[list[float]] = np.concatenate(found)[outlines.kept(found, tolerance_px)].tolist()
    return points


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
    assert outlines.kept([chain, chain[:2]], 1.0).tolist() == [True, False, True, True, True]


def test_outlines_do_not_touch_each_other():
    """A neighbour's points are none of a chain's, however far away they lie."""
    line, far = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0]]), np.full((3, 2), 100.0)
    assert outlines.kept([line, far], 1.0).tolist() == [True, False, True, True, False, True]
