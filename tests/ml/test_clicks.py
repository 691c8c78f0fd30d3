"""Expected clicks of all cells at once, against the rule itself cell by cell."""

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import median_filter
from skimage.measure import label

from ml import clicks, costs
from ml.cells import box, grid
from ml.clicks import EDGES_PER_VERTEX, expected
from tests.camvid import camvid


def by_loop(predicted: np.ndarray, cell_px: int) -> np.ndarray:
    out = np.ones(grid(*predicted.shape, cell_px))
    for cell in np.ndindex(out.shape):
        left, top, width, height = box(cell, predicted.shape, cell_px)
        part = predicted[top : top + height, left : left + width].astype(int)
        segments = label(part, connectivity=1, background=-1).max()
        edges = (part[1:] != part[:-1]).sum() + (part[:, 1:] != part[:, :-1]).sum()
        sides = [part[0], part[-1]] if height > 1 else [part[0]]
        sides += [part[:, 0], part[:, -1]] if width > 1 else [part[:, 0]]
        crossings = sum((side[1:] != side[:-1]).sum() for side in sides)
        if segments > 1:
            out[cell] = segments + crossings + edges / EDGES_PER_VERTEX
    return out


@pytest.mark.parametrize(("size", "cell_px"), [((32, 48), 16), ((33, 50), 16), ((20, 31), 7)])
@pytest.mark.parametrize("at_once_px", [1, 1000, 2**20])
def test_all_cells_at_once_are_as_each_alone(size, cell_px, at_once_px, monkeypatch):
    monkeypatch.setattr(clicks, "AT_ONCE_PX", at_once_px)
    rng = np.random.default_rng(0)
    small = rng.integers(0, 3, (-(-size[0] // 5), -(-size[1] // 5)), np.uint8)
    predicted = np.kron(small, np.ones((5, 5), np.uint8))[: size[0], : size[1]]
    assert np.allclose(expected(predicted, cell_px), by_loop(predicted, cell_px))


def test_a_cell_of_one_class_is_one_click():
    assert expected(np.full((20, 30), 7, np.uint8), 10).tolist() == [[1, 1, 1], [1, 1, 1]]


def test_two_halves_are_two_segments_and_two_crossings():
    halves = np.zeros((20, 20), np.uint8)
    halves[:, 10:] = 1
    assert expected(halves, 20).item() == pytest.approx(4 + 20 / EDGES_PER_VERTEX)
    assert costs.clicks(halves) == 4


@pytest.mark.slow
def test_on_street_scenes_the_estimate_is_close_to_the_rule():
    paths = sorted((camvid() / "train" / "masks").iterdir())[::120]
    ruled, guessed = 0.0, 0.0
    for path in paths:
        mask = median_filter(np.asarray(Image.open(path)), 5)
        guessed += expected(mask, 30).sum()
        for cell in np.ndindex(grid(*mask.shape, 30)):
            left, top, width, height = box(cell, mask.shape, 30)
            ruled += costs.clicks(mask[top : top + height, left : left + width])
    assert guessed == pytest.approx(ruled, rel=0.15)
