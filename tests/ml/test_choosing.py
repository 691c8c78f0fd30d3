"""A strategy at work: what holds for every pool, every knob and every seed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.cells import CLOSED
from ml.choosing import Pool, choose
from ml.errors import Failure
from ml.facts import Facts
from ml.selection import automatic_cap
from ml.strategy import PLAIN, Strategy

CLASSES = 5


def plain(**knobs: Any) -> Strategy:
    return PLAIN.model_copy(update=knobs)


def facts(cells: int, seed: int = 0, kept: int = 3) -> Facts:
    """Of cells in which three of five classes are expected."""
    rng = np.random.default_rng(seed)
    classes = rng.permuted(np.tile(np.arange(CLASSES), (cells, 1)), axis=1)[:, :kept].T
    classes = np.ascontiguousarray(classes[:, None]).astype(np.uint8)
    return Facts(
        classes=classes,
        shares=np.full((kept, 1, cells), 85, np.uint8),
        doubted=classes,
        doubts=np.sort(rng.random((kept, 1, cells)), axis=0)[::-1].astype(np.float16),
        clicks=(1 + 20 * rng.random((1, cells))).astype(np.float32),
    )


def pool(shapes: list[tuple[int, int]], seed: int, closed: float = 0.3) -> Pool:
    rng = np.random.default_rng(seed)
    scores = [rng.random(shape, dtype=np.float32) for shape in shapes]
    opened = [rng.random(shape) > closed for shape in shapes]
    return Pool(opened, scores, facts(sum(h * w for h, w in shapes), seed))


shapes = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 7)), min_size=1, max_size=6)
share = st.sampled_from([0.0, 0.2, 2 / 3, 1.0])
strategies = st.builds(
    Strategy,
    acquisition=st.sampled_from(["entropy", "random"]),
    ranked_by=st.sampled_from(["pool", "image"]),
    per_image_cap=st.none() | st.integers(1, 9),
    suppress_radius=st.integers(0, 2),
    random_share=share,
    class_share=share,
    click_weight=share,
    noise=st.sampled_from([0.0, 1.0]),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(shapes=shapes, strategy=strategies, seed=st.integers(0, 2**31), data=st.data())
def test_every_choice_is_exact_open_capped_and_the_same_again(shapes, strategy, seed, data):
    given = pool(shapes, seed)
    available = sum(int(cells.sum()) for cells in given.opened)
    budget = data.draw(st.integers(0, available))
    choice = choose(given, budget, strategy, turn=1, seed=seed)
    places = [(pick.image, pick.row, pick.col) for pick in choice.picks]

    assert len(places) == len(set(places)) == budget
    assert all(given.opened[image][row, col] for image, row, col in places)
    assert choice == choose(given, budget, strategy, turn=1, seed=seed)

    control = budget if strategy.acquisition == "random" else round(strategy.random_share * budget)
    assert [pick.source for pick in choice.picks].count("random") == control
    cap = strategy.per_image_cap or automatic_cap(budget, len(shapes))
    if "per_image_cap" not in choice.relaxed:
        assert max(np.bincount([image for image, *_ in places], minlength=1)) <= cap
    if not choice.relaxed:
        check_apart(choice, strategy.suppress_radius)


def check_apart(choice, radius: int) -> None:
    """The scored picks, from each other and from the control."""
    for place, pick in enumerate(choice.picks):
        for other in choice.picks[:place]:
            if pick.image == other.image and "score" in (pick.source, other.source):
                distance = max(abs(pick.row - other.row), abs(pick.col - other.col))
                assert distance > radius


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 2**31), share=share)
def test_the_control_is_drawn_as_if_nothing_were_scored(seed, share):
    """Other scores leave the control as it is: it says what asking at random would have given."""
    shapes, budget = [(4, 6)] * 4, 20
    strategy = plain(random_share=share)
    given = pool(shapes, 1, closed=0)
    other = Pool(given.opened, [1 - scores for scores in given.scores or []])
    drawn = [
        [pick for pick in choose(each, budget, strategy, turn=0, seed=seed).picks
         if pick.source == "random"]
        for each in (given, other)
    ]  # fmt: skip
    assert drawn[0] == drawn[1]


def test_any_early_end_keeps_the_control_share():
    choice = choose(pool([(9, 9)] * 4, 0), 40, plain(random_share=0.25), turn=0, seed=0)
    drawn = np.cumsum([pick.source == "random" for pick in choice.picks])
    assert all(abs(drawn[n] - 0.25 * (n + 1)) < 1 for n in range(40))


def test_s4als_budget_takes_four_of_every_image():
    given = pool([(12, 16)] * 6, 2, closed=0)
    strategy = plain(ranked_by="image", per_image_cap=4, suppress_radius=0)
    choice = choose(given, 24, strategy, turn=0, seed=0)
    assert choice.relaxed == []
    for image, scores in enumerate(given.scores or []):
        mine = {pick.score for pick in choice.picks if pick.image == image}
        assert mine == set(np.sort(scores.ravel())[-4:].tolist())


@pytest.mark.parametrize(("cells", "cycles", "percent"), [(12 * 16, 2, 13.75), (16 * 16, 5, 17.03)])
def test_the_budget_of_s4al(cells: int, cycles: int, percent: float):
    """10 % of the images as a whole, then four cells of each of the others in every cycle."""
    images, whole = 100, 10
    opened = [np.ones((cells // 16, 16), bool) for _ in range(images - whole)]
    rng = np.random.default_rng(0)
    strategy = plain(ranked_by="image", per_image_cap=4, suppress_radius=0)
    for turn in range(cycles):
        scores = [rng.random(each.shape, dtype=np.float32) for each in opened]
        for pick in choose(
            Pool(opened, scores), 4 * len(opened), strategy, turn=turn, seed=0
        ).picks:
            opened[pick.image][pick.row, pick.col] = False
    labelled = whole * cells + sum(int((~each).sum()) for each in opened)
    assert round(100 * labelled / (images * cells), 2) == percent


def test_classes_share_their_part_of_the_budget_equally():
    """Plain scores ask for class 0 alone; two thirds of the budget go to the classes in turn."""
    cells = 300
    classes = np.repeat(np.arange(3, dtype=np.uint8), cells // 3)[None, None]
    common = np.where(classes[0] == 0, 0.9, 0.1)
    scores = common.astype(np.float32) + np.arange(cells, dtype=np.float32)[None] / 10_000
    known = Facts(
        classes=classes,
        shares=np.full((1, 1, cells), 255, np.uint8),
        doubted=classes,
        doubts=scores[None].astype(np.float16),
        clicks=np.ones((1, cells), np.float32),
    )
    given = Pool([np.ones((1, cells), bool)], [scores], known)
    freely = {"per_image_cap": cells, "suppress_radius": 0}
    assert mix(choose(given, 30, plain(**freely), turn=0, seed=0), classes) == [30, 0, 0]
    fair = plain(class_share=2 / 3, **freely)
    # Seven, seven and six of the classes in turn, and ten of the best, which are of class 0.
    assert mix(choose(given, 30, fair, turn=0, seed=0), classes) == [17, 7, 6]


def mix(choice, classes: np.ndarray) -> list[int]:
    return np.bincount([classes[0, 0, pick.col] for pick in choice.picks], minlength=3).tolist()


def test_what_a_class_lacks_the_others_get():
    given = pool([(6, 6)], 3, closed=0)
    choice = choose(given, 36, plain(class_share=1.0, suppress_radius=0), turn=0, seed=0)
    assert len(choice.picks) == 36


def test_clicks_are_saved_by_weighing_them():
    given = pool([(20, 20)] * 5, 4)
    assert given.facts is not None

    def spent(weight: float) -> float:
        strategy = plain(click_weight=weight, suppress_radius=0)
        picks = choose(given, 100, strategy, turn=0, seed=0).picks
        return sum(float(given.facts.clicks[0, 400 * p.image + 20 * p.row + p.col]) for p in picks)

    assert spent(1.0) < spent(0.5) < spent(0.0)


def test_noise_decays_with_the_cycles():
    given, strategy = pool([(20, 20)] * 5, 5), plain(noise=1.0, noise_decay=0.1)
    best = {(p.image, p.row, p.col) for p in choose(given, 50, PLAIN, turn=0, seed=0).picks}

    def kept(turn: int) -> int:
        picks = choose(given, 50, strategy, turn=turn, seed=7).picks
        return len(best & {(p.image, p.row, p.col) for p in picks})

    assert kept(0) < kept(1) < kept(8) == 50


def test_limits_are_given_up_neighbours_first_and_it_is_said():
    line = Pool([np.ones((1, 3), bool)], [np.array([[0.9, 0.8, 0.7]], np.float32)])
    choice = choose(line, 3, plain(per_image_cap=3), turn=0, seed=0)
    assert [pick.col for pick in choice.picks] == [0, 2, 1]
    assert choice.relaxed == ["suppress_radius"]
    capped = choose(line, 3, plain(per_image_cap=1, suppress_radius=0), turn=0, seed=0)
    assert capped.relaxed == ["per_image_cap"]


def test_a_cell_without_a_score_is_not_asked():
    scores = np.array([[0.5, CLOSED, 0.7]], np.float32)
    given = Pool([np.ones((1, 3), bool)], [scores])
    strategy = plain(random_share=0.5, suppress_radius=0)
    assert {pick.col for pick in choose(given, 2, strategy, turn=0, seed=0).picks} == {0, 2}
    with pytest.raises(Failure, match="budget is 3 regions but only 2"):
        choose(given, 3, strategy, turn=0, seed=0)


@pytest.mark.parametrize("knob", ["class_share", "click_weight"])
def test_weighing_cells_needs_their_facts(knob: str):
    given = Pool([np.ones((1, 3), bool)], [np.ones((1, 3), np.float32)])
    with pytest.raises(Failure, match="run the score stage again, or set both to 0"):
        choose(given, 1, plain(**{knob: 0.5}), turn=0, seed=0)


def test_ranking_needs_scores():
    with pytest.raises(Failure, match="ranks by scores but none are given"):
        choose(Pool([np.ones((1, 3), bool)]), 1, PLAIN, turn=0, seed=0)
