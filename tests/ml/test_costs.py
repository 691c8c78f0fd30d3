"""Clicks by the rule: segments, border crossings, inner vertices."""

import json

import numpy as np
import pytest
from PIL import Image

from ml import costs
from tests.camvid import camvid

CELL_PX = 30


def blank(height: int = 30, width: int = 30) -> np.ndarray:
    return np.zeros((height, width), np.uint8)


def test_one_class_costs_one_click():
    assert costs.clicks(blank()) == 1


def test_all_void_costs_one_click():
    assert costs.clicks(np.full((30, 30), 255, np.uint8)) == 1


def test_two_halves_cost_two_names_and_two_crossings():
    mask = blank()
    mask[:, 15:] = 1
    assert costs.clicks(mask) == 4


def test_a_border_at_an_angle_costs_as_much_as_a_straight_one():
    y, x = np.mgrid[:60, :60]
    assert costs.clicks((y > x).astype(np.uint8)) == pytest.approx(4, abs=1)


def test_a_square_inside_costs_two_names_and_its_corners():
    mask = blank(60, 60)
    mask[20:40, 20:40] = 1
    # The speckle filter cuts a corner, which then may take two vertices.
    assert 2 + 4 <= costs.clicks(mask) <= 2 + 8


def test_a_round_thing_costs_more_than_a_square_one():
    y, x = np.mgrid[:60, :60]
    disc = ((y - 30) ** 2 + (x - 30) ** 2 < 24**2).astype(np.uint8)
    square = blank(60, 60)
    square[9:51, 9:51] = 1
    assert costs.clicks(disc) > costs.clicks(square)


def test_two_parts_of_one_class_are_named_twice():
    one, two = blank(), blank()
    one[:, :10] = 1
    two[:, :10] = two[:, 20:] = 1
    assert costs.clicks(one) == 4
    assert costs.clicks(two) == 3 + 4


def test_speckle_costs_nothing():
    mask = blank()
    mask[[3, 9, 20, 27], [5, 22, 11, 3]] = 1
    assert costs.clicks(mask) == 1


def test_void_is_a_segment_like_any_other():
    one, void = blank(), blank()
    one[:, 15:], void[:, 15:] = 1, 255
    assert costs.clicks(one) == costs.clicks(void)


def test_the_values_themselves_do_not_matter():
    mask = np.random.default_rng(0).integers(0, 3, (6, 6), np.uint8).repeat(10, 0).repeat(10, 1)
    assert costs.clicks(mask) == costs.clicks(253 - mask)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (2, 2), (1, 480)])
def test_edge_cells_of_any_size_have_a_cost(shape: tuple[int, int]):
    mask = blank(*shape)
    assert costs.clicks(mask) == 1
    mask.ravel()[mask.size // 2 :] = 1
    assert 1 <= costs.clicks(mask) <= 8


def test_the_mask_is_left_as_it_is():
    mask = blank()
    mask[3, 5] = 1
    before = mask.copy()
    costs.clicks(mask)
    assert np.array_equal(mask, before)


@pytest.mark.slow
def test_a_cell_of_real_streets_costs_about_five_clicks():
    folder = camvid()
    assert json.loads((folder / "classes.json").read_text())["ignore_index"] == 255
    paths = sorted((folder / "train" / "masks").iterdir())[::60]
    found = [costs.clicks(cell) for path in paths for cell in cells(np.asarray(Image.open(path)))]
    assert np.mean(found) == pytest.approx(5.0, rel=0.2)


def cells(mask: np.ndarray) -> list[np.ndarray]:
    rows, columns = (side // CELL_PX for side in mask.shape)
    cut = mask.reshape(rows, CELL_PX, columns, CELL_PX)
    return [cut[row, :, column] for row in range(rows) for column in range(columns)]
