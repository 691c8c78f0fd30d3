import numpy as np
import pytest

from ml import costs
from tessera.oracle.effort import active_ms, clicks


def test_one_class_is_one_click():
    assert clicks(np.full((20, 20), 3, np.uint8)) == 1


def test_a_straight_border_is_two_choices_and_two_points():
    mask = np.zeros((20, 20), np.uint8)
    mask[:, 10:] = 1
    assert clicks(mask) == 4


def test_an_island_costs_its_corners():
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 1
    assert 2 + 4 <= clicks(mask) <= 2 + 8


def test_specks_are_not_outlined():
    mask = np.zeros((20, 20), np.uint8)
    mask[5, 5] = 1
    assert clicks(mask) == 1


def test_wilder_borders_cost_more():
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 3, (4, 4), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    assert clicks(blocks) > 20


@pytest.mark.parametrize("seed", range(30))
def test_the_server_estimates_the_same(seed):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 3, (5, 6), dtype=np.uint8).repeat(7, 0).repeat(5, 1)
    noisy = np.where(rng.random(coarse.shape) < 0.05, 255, coarse).astype(np.uint8)
    assert clicks(noisy) == costs.clicks(noisy)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2), (3, 20)])
def test_edge_cells_may_be_small(shape):
    mask = np.zeros(shape, np.uint8)
    mask[-1, -1] = 1
    assert clicks(mask) >= 1


def test_time_is_clicks_times_seconds_a_click():
    assert active_ms(4, 2.5) == 10_000
