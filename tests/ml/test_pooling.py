"""Pixels to cells: exactly the boxes that are painted, whole or strip by strip."""

import numpy as np
import pytest
import torch

from ml.cells import CLOSED, box, grid
from ml.pooling import Cells

SIZES = [(32, 48, 16), (33, 50, 16), (5, 7, 16), (16, 16, 1), (360, 480, 43)]
CPU = torch.device("cpu")


def pooled(scores: np.ndarray, opened: np.ndarray, cell_px: int, strip: int = 10**6) -> np.ndarray:
    cells = Cells(opened, cell_px, CPU)
    sums = cells.zeros(1)
    for top in range(0, len(scores), strip):
        cells.add(sums, torch.from_numpy(scores[top : top + strip])[None], top)
    return cells.scores(cells.means(sums)[0])


def by_loop(scores: np.ndarray, opened: np.ndarray, cell_px: int) -> np.ndarray:
    """The mean over the open pixels of each box, one box after another."""
    out = np.full(grid(*scores.shape, cell_px), CLOSED)
    for cell in np.ndindex(out.shape):
        left, top, width, height = box(cell, scores.shape, cell_px)
        part = np.s_[top : top + height, left : left + width]
        if opened[part].sum() * 2 >= opened[part].size:
            out[cell] = scores[part][opened[part]].mean()
    return out


@pytest.mark.parametrize("strip", [1, 7, 16, 1000])
@pytest.mark.parametrize(("height", "width", "cell_px"), SIZES)
def test_pooling_equals_a_plain_loop_over_the_boxes(height, width, cell_px, strip):
    rng = np.random.default_rng(1)
    scores = rng.random((height, width), dtype=np.float32)
    opened = rng.random((height, width)) < 0.5
    expected = by_loop(scores, opened, cell_px)
    assert np.allclose(pooled(scores, opened, cell_px, strip), expected, atol=1e-5)


def test_an_edge_cell_is_not_padded():
    scores = np.ones((16, 20), dtype=np.float32)
    assert pooled(scores, np.ones((16, 20), dtype=bool), 16).tolist() == [[1.0, 1.0]]


def test_labelled_pixels_do_not_dilute_a_cell():
    scores = np.array([[0, 0.8], [0, 0.6]], dtype=np.float32)
    opened = np.array([[False, True], [False, True]])
    assert pooled(scores, opened, 2).item() == pytest.approx(0.7)


def test_a_score_that_is_no_number_in_a_labelled_pixel_is_not_seen():
    scores = np.array([[np.nan, 0.5]], dtype=np.float32)
    assert pooled(scores, np.array([[False, True]]), 2).tolist() == [[0.5]]
