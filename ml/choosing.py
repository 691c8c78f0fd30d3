"""A strategy at work: the functions of `ml.selection` in the order that `Strategy` tells.

The select stage and the preview of a cycle both choose with it, so that they agree. It loads no
torch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import numpy as np

from ml import selection
from ml.cells import CLOSED
from ml.errors import Failure
from ml.facts import Facts
from ml.selection import Candidates, Choice, Limits, Pick, Picker, Ranking, Relaxation
from ml.strategy import Strategy
from ml.types import OpenGrids, ScoreGrids


@dataclass(frozen=True)
class Pool:
    """Images one after another: what may be asked, the scores and, where something weighs them,
    the facts of all cells, open and closed."""

    opened: OpenGrids
    scores: ScoreGrids | None = None
    facts: Facts | None = None

    def scored(self) -> "Pool":
        """Without the cells that have no score."""
        assert self.scores is not None
        pairs = zip(self.opened, self.scores, strict=True)
        return replace(self, opened=[cells & (scores > CLOSED) for cells, scores in pairs])


def choose(pool: Pool, budget: int, strategy: Strategy, *, turn: int, seed: int) -> Choice:
    """`budget` cells, in the order in which people get them.

    Raises Failure `bad_spec` (no scores, no facts) or `budget_exceeds_pool`.
    """
    rng = np.random.default_rng(seed)
    cap = strategy.per_image_cap or selection.automatic_cap(budget, len(pool.opened))
    if strategy.acquisition == "random":
        return selection.at_random(pool.opened, budget, cap, rng)
    _check(pool, strategy)
    pool = pool.scored()
    selection.check_budget(budget, sum(int(np.count_nonzero(cells)) for cells in pool.opened))
    choice = selection.at_random(pool.opened, round(strategy.random_share * budget), cap, rng)
    rankings = _rankings(pool, strategy, strategy.noise_in(turn), rng)
    _fill(choice, rankings, budget, (strategy, cap))
    return choice


def _check(pool: Pool, strategy: Strategy) -> None:
    if pool.scores is None:
        raise Failure(
            "bad_spec",
            f"strategy {strategy.acquisition} ranks by scores but none are given; "
            "run the score stage first or use the random strategy",
        )
    if pool.facts is None and strategy.weighs_cells:
        raise Failure(
            "bad_spec",
            "class_share and click_weight need what the score stage expects of each cell, and "
            "none is given; run the score stage again, or set both to 0",
        )


@dataclass(frozen=True)
class _Rankings:
    """`overall` makes the ranking over all anew each time, since walks use theirs up."""

    overall: Callable[[], Ranking]
    of_classes: list[Ranking]


def _rankings(pool: Pool, strategy: Strategy, noise: float, rng: np.random.Generator) -> _Rankings:
    assert pool.scores is not None
    found = selection.candidates(pool.scores, pool.opened)
    order = selection.ORDERS[strategy.ranked_by]

    def blurred(given: Candidates) -> Candidates:
        return selection.noisy(given, noise, rng)

    if pool.facts is None or not strategy.weighs_cells:
        return _Rankings(partial(order, blurred(found)), [])
    facts = pool.facts.of(np.concatenate([cells.ravel() for cells in pool.opened]))
    worth = facts.clicks[0] ** -strategy.click_weight
    overall = partial(order, blurred(selection.weighed(found, worth)))
    if strategy.class_share == 0:
        return _Rankings(overall, [])
    each = (replace(found[places], keys=keys * worth[places]) for keys, places in _by_class(facts))
    return _Rankings(overall, [order(blurred(given)) for given in each])


def _by_class(facts: Facts) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each class that is expected somewhere: its key in those cells, and which these are."""
    # Cell by cell, so that a stable sort by class keeps the cells of each in their order.
    doubted = facts.doubted[:, 0].T.ravel()
    doubts = facts.doubts[:, 0].T.ravel().astype(np.float32)
    order = np.argsort(doubted, kind="stable")
    order = order[doubts[order] > 0]
    for some in np.split(order, np.flatnonzero(np.diff(doubted[order])) + 1):
        if len(some):
            yield doubts[some], some // len(facts.doubted)


def _fill(choice: Choice, rankings: _Rankings, budget: int, how: tuple[Strategy, int]) -> None:
    """Down the rankings under the limits; gives up neighbours first, then the cap.

    The share of the classes is taken first, under the limits alone: what a class has not, the
    ranking over all gives.
    """
    strategy, cap = how
    control, wanted = list(choice.picks), budget - len(choice.picks)
    picker = Picker(Limits(cap, strategy.suppress_radius), control)
    for_classes = round(strategy.class_share * wanted)
    by_class = list(_round_robin(picker, rankings.of_classes, for_classes))
    overall = list(islice(picker.down(rankings.overall()), wanted - len(by_class)))
    picks = selection.interleave(overall, by_class)
    relaxations: tuple[tuple[Relaxation, Limits], ...] = (
        ("suppress_radius", Limits(cap, 0)),
        ("per_image_cap", Limits(budget, 0)),
    )
    for name, limits in relaxations:
        if len(picks) == wanted:
            break
        walk = Picker(limits, control + picks).down(rankings.overall())
        more = list(islice(walk, wanted - len(picks)))
        if more and name not in choice.relaxed:
            choice.relaxed.append(name)
        picks += more
    choice.picks = selection.interleave(picks, control)


def _round_robin(picker: Picker, rankings: list[Ranking], count: int) -> Iterator[Pick]:
    """One pick of each class in turn, classes that have no more left out."""
    walks = [picker.down(each) for each in rankings]
    while walks and count > 0:
        for walk in list(walks):
            pick = next(walk, None)
            if pick is None:
                walks.remove(walk)
                continue
            yield pick
            count -= 1
            if count == 0:
                return
