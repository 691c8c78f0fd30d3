import numpy as np
import pytest

from ml.cells import CLOSED
from ml.errors import Failure
from ml.selection import (
    Limits,
    at_random,
    automatic_cap,
    by_score,
    ranked_by_turns,
    with_control,
)

FREE = Limits(cap=10_000, radius=0)


def grids(count: int = 3, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.random((4, 6), dtype=np.float32) for _ in range(count)]


def cells(choice) -> list[tuple[int, int, int]]:
    return [(p.image, p.row, p.col) for p in choice.picks]


def test_the_best_cells_of_the_whole_pool_come_first():
    scores = grids()
    chosen = [p.score for p in by_score(scores, 10, FREE).picks]
    assert chosen == sorted(np.concatenate([s.ravel() for s in scores]), reverse=True)[:10]


def test_ties_go_by_image_row_and_column():
    flat = [np.full((2, 2), 0.5, dtype=np.float32)] * 2
    assert cells(by_score(flat, 5, FREE)) == [
        (0, 0, 0),
        (0, 0, 1),
        (0, 1, 0),
        (0, 1, 1),
        (1, 0, 0),
    ]


def test_by_turns_every_image_gives_its_best_cells_as_in_s4al():
    scores = grids(5)
    chosen = by_score(scores, 5 * 4, FREE, ranked_by_turns).picks
    for image, grid in enumerate(scores):
        mine = sorted((pick.score for pick in chosen if pick.image == image), reverse=True)
        assert mine == sorted(grid.ravel().tolist(), reverse=True)[:4]


def test_no_image_gives_more_than_the_cap():
    scores = [np.full((4, 6), 0.9, dtype=np.float32), *grids(2)]
    choice = by_score(scores, 6, Limits(cap=2, radius=0))
    assert np.bincount([p.image for p in choice.picks]).tolist() == [2, 2, 2]
    assert choice.relaxed == []


def test_neighbours_are_suppressed():
    line = [np.array([[0.9, 0.8, 0.7, 0.1]], dtype=np.float32)]
    assert cells(by_score(line, 2, Limits(cap=9, radius=1))) == [(0, 0, 0), (0, 0, 2)]


def test_suppression_reaches_over_corners():
    square = [np.array([[0.9, 0.1], [0.1, 0.8]], dtype=np.float32), *grids(1)]
    chosen = cells(by_score(square, 3, Limits(cap=9, radius=1)))
    assert len([c for c in chosen if c[0] == 0]) == 1


def test_neighbours_are_given_up_before_the_cap_and_it_is_said():
    line = [np.array([[0.9, 0.8, 0.7]], dtype=np.float32)]
    choice = by_score(line, 3, Limits(cap=3, radius=1))
    assert cells(choice) == [(0, 0, 0), (0, 0, 2), (0, 0, 1)]
    assert choice.relaxed == ["suppress_radius"]


def test_the_cap_is_given_up_last_and_it_is_said():
    choice = by_score(grids(1), 24, Limits(cap=2, radius=0))
    assert len(set(cells(choice))) == 24
    assert choice.relaxed == ["per_image_cap"]


def test_a_closed_cell_is_never_chosen():
    scores = grids(1)
    scores[0][1, 2] = CLOSED
    assert (0, 1, 2) not in cells(by_score(scores, 23, FREE))


def test_a_budget_above_the_open_cells_is_refused():
    with pytest.raises(Failure, match="budget is 25 regions but only 24 cells") as refusal:
        by_score(grids(1), 25, FREE)
    assert refusal.value.error_class == "budget_exceeds_pool"


def test_the_automatic_cap_is_twice_the_fair_share():
    assert [automatic_cap(b, 10) for b in (1, 5, 6, 50)] == [1, 1, 2, 10]


def test_random_gives_every_image_its_share_first():
    opened = [np.ones((4, 6), dtype=bool) for _ in range(5)]
    choice = at_random(opened, 12, 99, np.random.default_rng(0))
    assert sorted(np.bincount([p.image for p in choice.picks])) == [2, 2, 2, 3, 3]


def test_random_is_uniform_over_the_cells():
    opened = [np.ones((2, 3), dtype=bool)]
    picks = [at_random(opened, 1, 9, np.random.default_rng(s)).picks[0] for s in range(1200)]
    counts = np.bincount([p.row * 3 + p.col for p in picks], minlength=6)
    # Six cells, 200 expected each, standard deviation 13.
    assert counts.min() > 140
    assert counts.max() < 260


def test_random_is_a_function_of_its_seed():
    opened = [np.ones((4, 6), dtype=bool) for _ in range(3)]
    twice = [cells(at_random(opened, 7, 9, np.random.default_rng(4))) for _ in range(2)]
    assert twice[0] == twice[1]


def test_random_goes_over_the_cap_only_when_it_must():
    opened = [np.ones((1, 4), dtype=bool)]
    assert at_random(opened, 3, 3, np.random.default_rng(0)).relaxed == []
    assert at_random(opened, 4, 3, np.random.default_rng(0)).relaxed == ["per_image_cap"]


def test_the_control_share_is_spread_through_the_ranking():
    choice = with_control(grids(4), (6, 2), FREE, np.random.default_rng(0))
    assert [p.source == "random" for p in choice.picks].count(True) == 2
    assert [p.source == "random" for p in choice.picks[:4]].count(True) == 1


def test_the_control_share_takes_no_cell_twice():
    choice = with_control(grids(1), (12, 12), FREE, np.random.default_rng(0))
    assert len(set(cells(choice))) == 24
