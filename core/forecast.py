"""Which budget reaches a chosen mIoU: a saturating curve through the cycles so far, with its doubt.

An inverse power law, mIoU(x) = ceiling - gap * (x / last)^-rate, as learning curves follow it
(Figueroa et al., BMC Medical Informatics and Decision Making 12:8, 2012). A handful of cycles
does not fix three numbers, so every curve of a grid is weighed by how well it fits, and what is
told are quantiles over all of them. Nothing is drawn at random: the same cycles say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LEAST_CYCLES = 3
# mIoU of one training wanders by about this much with its seed; less is not believed.
NOISE = 0.01
LOW, HIGH = 0.1, 0.9
# An interval wider than this factor says nothing yet.
TOO_WIDE = 30.0
# Without an upper end, this many of the curves have to reach the target.
CHANCE = 0.7
POINTS = 24

State = Literal["too_early", "reached", "unlikely", "estimate"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """The 10 %, 50 % and 90 % quantiles; None is beyond what is allowed."""

    low: float | None
    median: float | None
    high: float | None


@dataclass(frozen=True)
class Forecast:
    """`budget` reaches the target in the unit of the x given; `probability` that it can be reached
    at all; `ceiling` is the mIoU that the curve tends to. `curve` has x and its band of mIoU."""

    state: State
    cycles: int
    budget: Band | None = None
    probability: float | None = None
    ceiling: Band | None = None
    curve: Sequence[tuple[float, Band]] = ()


def forecast(
    xs: Sequence[float], mious: Sequence[float], target: float, *, most: float | None = None
) -> Forecast:
    """What reaching `target` takes, by cycles with labels `xs` (above 0) and `mious` (0 to 1).

    `most` is the largest x there is, such as a share of 1.
    """
    x, y = np.asarray(xs, float), np.asarray(mious, float)
    x, y = x[x > 0], y[x > 0]
    different = len(np.unique(x))
    if different < LEAST_CYCLES:
        reached = len(y) > 0 and float(y.max()) >= target
        return Forecast("reached" if reached else "too_early", different)
    last = float(x.max())
    ceilings, gaps, rates, weights = _curves(x / last, y)
    end = most if most is not None else np.inf
    needed = _needed((ceilings, gaps, rates), target) * last
    needed = np.where(needed <= end, needed, np.inf)
    budget = _band(needed, weights)
    chance = float(weights[np.isfinite(needed)].sum())
    seen = _range(last, budget, end)
    return Forecast(
        state=_state(budget, chance, reached=float(y.max()) >= target),
        cycles=different,
        budget=budget,
        probability=round(chance, 3),
        ceiling=_band(ceilings, weights),
        curve=[
            (each, _band(ceilings - gaps * (each / last) ** -rates, weights))
            for each in np.geomspace(float(x.min()), seen, POINTS).tolist()
        ],
    )


def _curves(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """A grid of ceilings, gaps at the last cycle and rates, and the weight of each curve."""
    ceiling = np.linspace(max(0.0, float(y.max()) - 2 * NOISE), 1.0, 48)
    gap = np.geomspace(0.002, 1.0, 32)
    rate = np.geomspace(0.05, 3.0, 16)
    grid = [each.ravel() for each in np.meshgrid(ceiling, gap, rate, indexing="ij")]
    a, d, c = (each[:, None] for each in grid)
    squares = ((a - d * x[None, :] ** -c - y[None, :]) ** 2).sum(axis=1)
    # Student's t with the noise integrated out, and a floor so that few points are not believed.
    weights = (squares + len(x) * NOISE**2) ** (-(len(x) + 1) / 2)
    return grid[0], grid[1], grid[2], weights / weights.sum()


def _needed(curves: tuple[Floats, Floats, Floats], target: float) -> Floats:
    """Where each curve reaches the target, in units of the last cycle; infinite where never."""
    ceilings, gaps, rates = curves
    missing = ceilings - target
    possible = missing > 0
    ratio = gaps / np.where(possible, missing, 1.0)
    with np.errstate(over="ignore"):
        return np.where(possible, ratio ** (1.0 / rates), np.inf)


def _band(values: Floats, weights: Floats) -> Band:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    places = np.minimum(np.searchsorted(reached, [LOW, 0.5, HIGH]), len(values) - 1)
    found = [float(value) for value in values[order][places]]
    return Band(*(value if np.isfinite(value) else None for value in found))


def _state(budget: Band, chance: float, *, reached: bool) -> State:
    if reached:
        return "reached"
    if budget.median is None:
        return "unlikely"
    if budget.high is None or budget.low is None:
        return "estimate" if chance >= CHANCE else "too_early"
    return "too_early" if budget.high > TOO_WIDE * budget.low else "estimate"


def _range(last: float, budget: Band, end: float) -> float:
    """As far as the curve is worth drawing."""
    return float(min(max(2 * last, 1.2 * (budget.median or 0)), 20 * last, end))
