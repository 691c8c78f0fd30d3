"""Which cells people label next: rankings, and picks that go down them under limits.

Knows scores of cells, no networks and no files. Higher scores come first; ties go by image
order, row, column. Every draw comes from the caller's generator, so that the same inputs and the
same seed give the same cells. `ml.choosing` puts these functions together.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int64

from ml.cells import CLOSED
from ml.errors import Failure
from ml.strategy import RankedBy
from ml.types import OpenGrids, ScoreGrids

Relaxation = Literal["suppress_radius", "per_image_cap"]


@dataclass(frozen=True)
class Limits:
    """At most `cap` picks per image, two of them further apart than `radius` cells (Chebyshev)."""

    cap: int
    radius: int


@dataclass(frozen=True)
class Pick:
    """`score` is the cell's own, before clicks and noise."""

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
class Candidates:
    """Open cells: (image, row, col) of each, its score, and what it is ranked by."""

    cells: Int64[np.ndarray, "k 3"]
    scores: Float32[np.ndarray, " k"]
    keys: Float32[np.ndarray, " k"]

    def __getitem__(self, order: np.ndarray) -> "Candidates":
        return Candidates(self.cells[order], self.scores[order], self.keys[order])


def candidates(scores: ScoreGrids, opened: OpenGrids | None = None) -> Candidates:
    """The open cells that have a score, in the order of images, rows, columns, ranked by that."""
    flat = np.concatenate([np.empty(0, np.float32), *(grid.ravel() for grid in scores)])
    asked = flat > CLOSED
    if opened is not None:
        asked &= np.concatenate([np.empty(0, bool), *(cells.ravel() for cells in opened)])
    sizes = np.array([grid.size for grid in scores], np.int64)
    images = np.repeat(np.arange(len(scores)), sizes)[asked]
    places = np.flatnonzero(asked) - (np.cumsum(sizes) - sizes)[images]
    rows, columns = np.divmod(
        places, np.array([grid.shape[1] for grid in scores], np.int64)[images]
    )
    return Candidates(np.stack([images, rows, columns]).T, flat[asked], flat[asked])


def weighed(given: Candidates, worth: np.ndarray) -> Candidates:
    """Ranked by key * worth; with worth = 1 / clicks by score per click (MetaBox+)."""
    return replace(given, keys=(given.keys * worth).astype(np.float32))


def noisy(given: Candidates, scale: float, rng: np.random.Generator) -> Candidates:
    """Ranked by ln(key) + scale * Gumbel: a draw in proportion to key^(1/scale) (ClaSP PE)."""
    if scale == 0:
        return given
    tiny = np.finfo(np.float32).tiny
    blurred = np.log(np.maximum(given.keys, tiny)) + scale * rng.gumbel(size=len(given.keys))
    return replace(given, keys=blurred.astype(np.float32))


Ranking = Iterator[Candidates]
"""Candidates from the best on, some at a time: a pool is long, and rarely read far."""


def ranked_globally(given: Candidates, at_once: int = 2**15) -> Ranking:
    """The best of the pool first, wherever they are."""
    while len(given.keys) > at_once:
        least = np.partition(given.keys, -at_once)[-at_once]
        some = given.keys >= least  # with all of its equals, whose order counts
        yield _sorted(given[some])
        given = given[~some]
        at_once *= 4
    yield _sorted(given)


def _sorted(given: Candidates) -> Candidates:
    return given[np.argsort(-given.keys, kind="stable")]


def ranked_by_turns(given: Candidates) -> Ranking:
    """The best cell of every image first, then the second best of every image, and so on: with
    k regions per image, S4AL's k best of each."""
    # Few bytes a number are sorted several times as fast, and the cells come image by image.
    images = given.cells[:, 0].astype(np.min_scalar_type(len(given.cells)))
    by_image = np.lexsort((-given.keys, images))
    _, starts, counts = np.unique(images, return_index=True, return_counts=True)
    for turn in range(int(counts.max(initial=0))):
        yield _sorted(given[by_image[starts[counts > turn] + turn]])


Order = Callable[[Candidates], Ranking]
ORDERS: dict[RankedBy, Order] = {"pool": ranked_globally, "image": ranked_by_turns}


def automatic_cap(budget: int, images: int) -> int:
    return max(1, -(-2 * budget // max(images, 1)))


def check_budget(budget: int, available: int) -> None:
    """Raises Failure `budget_exceeds_pool`."""
    if budget > available:
        raise Failure(
            "budget_exceeds_pool",
            f"the budget is {budget} regions but only {available} cells are open; "
            "lower the budget or import more images",
        )


def at_random(opened: OpenGrids, budget: int, cap: int, rng: np.random.Generator) -> Choice:
    """Uniform over each image's open cells; every image gets one more before any gets two more.

    Raises Failure `budget_exceeds_pool`. The cap alone binds: a control sample must not depend
    on its neighbours.
    """
    choice = Choice()
    if budget == 0:
        return choice
    check_budget(budget, sum(int(cells.sum()) for cells in opened))
    queues = [rng.permutation(np.flatnonzero(cells)) for cells in opened]
    turn = 0
    while len(choice.picks) < budget:
        if turn == cap:
            choice.relaxed.append("per_image_cap")
        for image in rng.permutation(len(queues)):
            if turn < len(queues[image]) and len(choice.picks) < budget:
                row, col = divmod(queues[image][turn], opened[image].shape[1])
                choice.picks.append(Pick(int(image), int(row), int(col), "random"))
        turn += 1
    return choice


class Picker:
    """Goes down rankings under limits, and remembers what is taken."""

    def __init__(self, limits: Limits, taken: list[Pick]) -> None:
        self.limits = limits
        self._taken: dict[int, set[tuple[int, int]]] = {}
        for pick in taken:
            self._taken.setdefault(pick.image, set()).add((pick.row, pick.col))

    def down(self, ranking: Ranking) -> Iterator[Pick]:
        """The next cell of the ranking that the limits allow, each time one is asked for."""
        for (image, row, col), score in chain.from_iterable(map(_rows, ranking)):
            mine = self._taken.setdefault(image, set())
            if len(mine) < self.limits.cap and self._apart((row, col), mine):
                mine.add((row, col))
                yield Pick(image, row, col, "score", float(score))

    def _apart(self, cell: tuple[int, int], others: set[tuple[int, int]]) -> bool:
        radius = self.limits.radius
        return all(max(abs(cell[0] - r), abs(cell[1] - c)) > radius for r, c in others)


def _rows(given: Candidates, at_once: int = 8192) -> Iterator[tuple[list[int], np.float32]]:
    for start in range(0, len(given.cells), at_once):
        some = slice(start, start + at_once)
        yield from zip(given.cells[some].tolist(), given.scores[some], strict=True)


def interleave(many: list[Pick], few: list[Pick]) -> list[Pick]:
    """Both in their order, the few spread evenly, so that an early end keeps the share."""
    total = len(many) + len(few)
    wanted = [(i + 1) * len(few) // total for i in range(total)]
    picks, ahead, behind = [], iter(many), iter(few)
    for before, after in zip([0, *wanted], wanted, strict=False):
        picks.append(next(behind) if after > before else next(ahead))
    return picks
