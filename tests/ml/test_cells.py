import numpy as np
import pytest

from ml.cells import box, grid, open_cells

SIZES = [(32, 48, 16), (33, 50, 16), (5, 7, 16), (16, 16, 1), (360, 480, 43)]


@pytest.mark.parametrize(("height", "width", "cell_px"), SIZES)
def test_the_boxes_cover_every_pixel_once(height, width, cell_px):
    cover = np.zeros((height, width), dtype=int)
    gh, gw = grid(height, width, cell_px)
    for row in range(gh):
        for col in range(gw):
            left, top, w, h = box((row, col), (height, width), cell_px)
            cover[top : top + h, left : left + w] += 1
    assert (cover == 1).all()


def test_a_cell_closes_when_more_than_half_of_it_is_labelled():
    opened = np.ones((2, 4), dtype=bool)
    opened[0, :2] = False
    assert open_cells(opened, 2).tolist() == [[True, True]]
    opened[1, 0] = False
    assert open_cells(opened, 2).tolist() == [[False, True]]
