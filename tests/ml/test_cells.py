import numpy as np
import pytest

from ml.cells import CLOSED, box, grid, mix, open_cells, pool

SIZES = [(32, 48, 16), (33, 50, 16), (5, 7, 16), (16, 16, 1), (360, 480, 43)]


def by_loop(scores, opened, cell_px):
    gh, gw = grid(*scores.shape, cell_px)
    out = np.full((gh, gw), CLOSED)
    for row in range(gh):
        for col in range(gw):
            part = np.s_[row * cell_px : (row + 1) * cell_px, col * cell_px : (col + 1) * cell_px]
            if opened[part].sum() * 2 >= opened[part].size:
                out[row, col] = scores[part][opened[part]].mean()
    return out


@pytest.mark.parametrize(("height", "width", "cell_px"), SIZES)
def test_pooling_equals_a_plain_loop(height, width, cell_px):
    rng = np.random.default_rng(1)
    scores = rng.random((height, width), dtype=np.float32)
    opened = rng.random((height, width)) < 0.5
    expected = by_loop(scores, opened, cell_px)
    assert np.allclose(pool(scores, opened, cell_px), expected, atol=1e-6)


@pytest.mark.parametrize(("height", "width", "cell_px"), SIZES)
def test_the_boxes_cover_every_pixel_once(height, width, cell_px):
    cover = np.zeros((height, width), dtype=int)
    gh, gw = grid(height, width, cell_px)
    for row in range(gh):
        for col in range(gw):
            left, top, w, h = box((row, col), (height, width), cell_px)
            cover[top : top + h, left : left + w] += 1
    assert (cover == 1).all()


def test_an_edge_cell_is_not_padded():
    scores = np.ones((16, 20), dtype=np.float32)
    assert pool(scores, np.ones((16, 20), dtype=bool), 16).tolist() == [[1.0, 1.0]]


def test_a_cell_closes_when_more_than_half_of_it_is_labelled():
    opened = np.ones((2, 4), dtype=bool)
    opened[0, :2] = False
    assert open_cells(opened, 2).tolist() == [[True, True]]
    opened[1, 0] = False
    assert open_cells(opened, 2).tolist() == [[False, True]]


def test_labelled_pixels_do_not_dilute_a_cell():
    scores = np.array([[0, 0.8], [0, 0.6]], dtype=np.float32)
    opened = np.array([[False, True], [False, True]])
    assert pool(scores, opened, 2).item() == pytest.approx(0.7)


def test_the_mix_of_a_cell_is_the_entropy_of_its_open_pixels_classes():
    predicted = np.array([[0, 0, 1, 1, 2], [0, 0, 2, 2, 2]])
    opened = np.ones((2, 5), dtype=bool)
    opened[1, 4] = False
    found = mix(predicted, opened, 2, classes=3)
    assert found.tolist() == [pytest.approx([0, np.log(2), 0])]
    opened[:, :2] = False
    assert mix(predicted, opened, 2, classes=3)[0, 0] == 0
