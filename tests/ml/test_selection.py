"""Rankings, random draws and limits, each by itself."""

import numpy as np
import pytest

from ml.cells import CLOSED
from ml.errors import Failure
from ml.selection import (
    Candidates,
    Limits,
    Pick,
    Picker,
    at_random,
    automatic_cap,
    candidates,
    interleave,
    noisy,
    ranked_by_turns,
    ranked_globally,
    weighed,
)


def grids(count: int = 3, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.random((4, 6), dtype=np.float32) for _ in range(count)]


def cells(choice) -> list[tuple[int, int, int]]:
    return [(p.image, p.row, p.col) for p in choice.picks]


def whole(ranking) -> Candidates:
    parts = list(ranking)
    return Candidates(*(np.concatenate([getattr(each, name) for each in parts])
                        for name in ("cells", "scores", "keys")))  # fmt: skip


def test_candidates_are_the_open_cells_in_order():
    scores = [np.array([[0.1, CLOSED], [0.2, 0.3]], np.float32), np.array([[0.4]], np.float32)]
    found = candidates(scores)
    assert found.cells.tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 1], [1, 0, 0]]
    assert found.scores.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert len(candidates([]).scores) == 0


def test_the_best_cells_of_the_whole_pool_come_first():
    scores = grids()
    ranked = whole(ranked_globally(candidates(scores))).scores
    assert ranked.tolist() == sorted(np.concatenate([s.ravel() for s in scores]), reverse=True)


def test_ties_go_by_image_row_and_column():
    flat = [np.full((2, 2), 0.5, dtype=np.float32)] * 2
    ranked = whole(ranked_globally(candidates(flat))).cells.tolist()
    assert ranked == sorted(ranked)


@pytest.mark.parametrize("at_once", [1, 3, 10, 1000])
def test_a_ranking_read_in_parts_is_the_whole_ranking(at_once: int):
    rng = np.random.default_rng(0)
    scores = [rng.integers(0, 5, (9, 9)).astype(np.float32) for _ in range(3)]
    ranked = whole(ranked_globally(candidates(scores), at_once))
    order = np.argsort(-candidates(scores).scores, kind="stable")
    assert (ranked.cells == candidates(scores).cells[order]).all()


def test_by_turns_every_image_gives_its_best_cells_as_in_s4al():
    scores = grids(5)
    first = whole(ranked_by_turns(candidates(scores)))[np.arange(5 * 4)]
    for image, grid in enumerate(scores):
        mine = first.scores[first.cells[:, 0] == image]
        assert mine.tolist() == sorted(grid.ravel().tolist(), reverse=True)[:4]


def test_a_score_per_click_puts_cheap_cells_first():
    given = candidates([np.array([[0.9, 0.6, 0.5]], np.float32)])
    clicks = np.array([30.0, 1.0, 5.0], np.float32)
    assert whole(ranked_globally(weighed(given, 1 / clicks))).cells[:, 2].tolist() == [1, 2, 0]
    assert whole(ranked_globally(weighed(given, clicks**-0.0))).cells[:, 2].tolist() == [0, 1, 2]


def test_noise_keeps_scores_and_draws_in_proportion_to_them():
    given = candidates([np.array([[0.75, 0.25, 0.0]], np.float32)])
    rng = np.random.default_rng(0)
    first = [next(ranked_globally(noisy(given, 1.0, rng))).scores[0] for _ in range(2000)]
    # Gumbel noise of scale 1 on logarithms draws each cell in proportion to its score.
    assert first.count(0.75) == pytest.approx(1500, abs=80)
    assert first.count(0.0) == 0


def test_without_noise_nothing_is_drawn():
    given, rng = candidates(grids()), np.random.default_rng(3)
    assert noisy(given, 0.0, rng) is given
    assert rng.random() == np.random.default_rng(3).random()


def picked(scores: list[np.ndarray], limits: Limits) -> list[tuple[int, int, int]]:
    walk = Picker(limits, []).down(ranked_globally(candidates(scores)))
    return [(pick.image, pick.row, pick.col) for pick in walk]


def test_no_image_gives_more_than_the_cap():
    scores = [np.full((4, 6), 0.9, dtype=np.float32), *grids(2)]
    assert np.bincount([i for i, *_ in picked(scores, Limits(2, 0))]).tolist() == [2, 2, 2]


def test_neighbours_are_suppressed_over_corners_too():
    line = [np.array([[0.9, 0.8, 0.7, 0.1]], dtype=np.float32)]
    assert picked(line, Limits(9, 1)) == [(0, 0, 0), (0, 0, 2)]
    square = [np.array([[0.9, 0.1], [0.1, 0.8]], dtype=np.float32)]
    assert picked(square, Limits(9, 1)) == [(0, 0, 0)]


def test_what_is_taken_already_counts_for_the_limits():
    walk = Picker(Limits(2, 1), [Pick(0, 1, 1, "random")]).down(
        ranked_globally(candidates(grids(1)))
    )
    later = [(pick.row, pick.col) for pick in walk]
    assert len(later) == 1
    assert max(abs(later[0][0] - 1), abs(later[0][1] - 1)) > 1


def test_few_are_spread_evenly_among_many():
    many, few = ([Pick(i, 0, n, "score") for n in range(count)] for i, count in ((0, 6), (1, 2)))
    assert [pick.image for pick in interleave(many, few)] == [0, 0, 0, 1, 0, 0, 0, 1]


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


def test_a_budget_above_the_open_cells_is_refused():
    opened = [np.ones((4, 6), dtype=bool)]
    with pytest.raises(Failure, match="budget is 25 regions but only 24 cells") as refusal:
        at_random(opened, 25, 9, np.random.default_rng(0))
    assert refusal.value.error_class == "budget_exceeds_pool"
