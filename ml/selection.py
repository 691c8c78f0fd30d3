"""Which cells people label next: a global ranking, spread over images and away from neighbours.

Knows grids of scores, no networks and no files. Higher scores come first; ties go by image
order, row, column. Every draw comes from the caller's generator.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int64

from ml.cells import CLOSED
from ml.errors import Failure
from ml.recipe import RankedBy
from ml.types import OpenGrids, ScoreGrids

Relaxation = Literal["suppress_radius", "per_image_cap"]


@dataclass(frozen=True)
class Limits:
    """At most `cap` picks per image, two of them further apart than `radius` cells (Chebyshev)."""

    cap: int
    radius: int


@dataclass(frozen=True)
class Pick:
    image: int
    row: int
    col: int
    source: Literal["score", "random"]
    score: float | None = None


@dataclass
class Choice:
    """`relaxed` names the limits that the budget could not be met under, in the order given up."""

    picks: list[Pick] = field(default_factory=list)
    relaxed: list[Relaxation] = field(default_factory=list)


@dataclass(frozen=True)
class Ranking:
    """Open cells, best first: (image, row, col) of each, and its score."""

    cells: Int64[np.ndarray, "k 3"]
    scores: Float32[np.ndarray, " k"]


def ranked_globally(scores: ScoreGrids) -> Ranking:
    """The best of the pool first, wherever they are."""
    cells = [np.argwhere(s > CLOSED) for s in scores]
    images = np.repeat(np.arange(len(scores)), [len(each) for each in cells])
    flat = np.column_stack([images, np.concatenate(cells)])
    values = np.concatenate([s[s > CLOSED] for s in scores])
    order = np.argsort(-values, kind="stable")
    return Ranking(flat[order], values[order])


def ranked_by_turns(scores: ScoreGrids) -> Ranking:
    """The best cell of every image first, then the second best of every image, and so on: with
    k regions per image, S4AL's k best of each."""
    found = ranked_globally(scores)
    turns, seen = np.empty(len(found.scores), np.int64), np.zeros(len(scores), np.int64)
    for place, image in enumerate(found.cells[:, 0]):
        turns[place] = seen[image]
        seen[image] += 1
    order = np.argsort(turns, kind="stable")
    return Ranking(found.cells[order], found.scores[order])


Order = Callable[[ScoreGrids], Ranking]
ORDERS: dict[RankedBy, Order] = {"pool": ranked_globally, "image": ranked_by_turns}


def automatic_cap(budget: int, images: int) -> int:
    return max(1, -(-2 * budget // max(images, 1)))


def by_score(
    scores: ScoreGrids, budget: int, limits: Limits, order: Order = ranked_globally
) -> Choice:
    """The `budget` best cells in this order. Raises Failure `budget_exceeds_pool`."""
    return with_control(scores, (budget, 0), limits, np.random.default_rng(0), order=order)


def at_random(opened: OpenGrids, budget: int, cap: int, rng: np.random.Generator) -> Choice:
    """Uniform over each image's open cells; every image gets one more before any gets two more.

    Raises Failure `budget_exceeds_pool`. The cap alone binds: a control sample must not depend
    on its neighbours.
    """
    _check_budget(budget, sum(int(cells.sum()) for cells in opened))
    choice = Choice()
    queues = [rng.permutation(np.argwhere(cells)) for cells in opened]
    turn = 0
    while len(choice.picks) < budget:
        if turn == cap:
            choice.relaxed.append("per_image_cap")
        for image in rng.permutation(len(queues)):
            if turn < len(queues[image]) and len(choice.picks) < budget:
                row, col = queues[image][turn]
                choice.picks.append(Pick(int(image), int(row), int(col), "random"))
        turn += 1
    return choice


def with_control(
    scores: ScoreGrids,
    counts: tuple[int, int],
    limits: Limits,
    rng: np.random.Generator,
    *,
    order: Order = ranked_globally,
) -> Choice:
    """`counts` = (by score, at random): the random control is drawn first, so that it stays
    uniform, and is spread evenly through the ranking, so that an early close keeps the share."""
    scored, control = counts
    opened = [s > CLOSED for s in scores]
    _check_budget(scored + control, sum(int(cells.sum()) for cells in opened))
    choice = at_random(opened, control, limits.cap, rng)
    drawn = list(choice.picks)
    _fill(choice, order(scores), scored + control, limits)
    choice.picks = _interleave(choice.picks[control:], drawn)
    return choice


def _fill(choice: Choice, ranking: Ranking, budget: int, limits: Limits) -> None:
    """Goes down the ranking under the limits; gives up neighbours first, then the cap."""
    stages: list[tuple[Relaxation | None, Limits]] = [
        (None, limits),
        ("suppress_radius", Limits(limits.cap, 0)),
        ("per_image_cap", Limits(budget, 0)),
    ]
    for given_up, bound in stages:
        if len(choice.picks) >= budget:
            return
        before = len(choice.picks)
        _take(choice.picks, ranking, budget, bound)
        if given_up and len(choice.picks) > before and given_up not in choice.relaxed:
            choice.relaxed.append(given_up)


def _take(picks: list[Pick], ranking: Ranking, budget: int, limits: Limits) -> None:
    taken: dict[int, list[tuple[int, int]]] = {}
    for pick in picks:
        taken.setdefault(pick.image, []).append((pick.row, pick.col))
    for (image, row, col), score in zip(ranking.cells.tolist(), ranking.scores, strict=True):
        if len(picks) >= budget:
            return
        mine = taken.setdefault(image, [])
        if len(mine) < limits.cap and _apart((row, col), mine, limits.radius):
            mine.append((row, col))
            picks.append(Pick(image, row, col, "score", float(score)))


def _apart(cell: tuple[int, int], others: list[tuple[int, int]], radius: int) -> bool:
    return all(max(abs(cell[0] - r), abs(cell[1] - c)) > radius for r, c in others)


def _interleave(scored: list[Pick], control: list[Pick]) -> list[Pick]:
    total = len(scored) + len(control)
    wanted = [(i + 1) * len(control) // total for i in range(total)]
    picks, ahead, behind = [], iter(scored), iter(control)
    for before, after in zip([0, *wanted], wanted, strict=False):
        picks.append(next(behind) if after > before else next(ahead))
    return picks


def _check_budget(budget: int, available: int) -> None:
    if budget > available:
        raise Failure(
            "budget_exceeds_pool",
            f"the budget is {budget} regions but only {available} cells are open; "
            "lower the budget or import more images",
        )
