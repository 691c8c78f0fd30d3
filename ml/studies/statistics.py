"""What a handful of seeds says: mean, spread, and paired gains with their interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

LEVEL = 0.95


@dataclass(frozen=True)
class Summary:
    """`spread` is the sample standard deviation; None for a single value."""

    mean: float
    spread: float | None
    count: int


@dataclass(frozen=True)
class Gain:
    """Mean difference of pairs and the ends of its 95 % interval by Student's t; the ends are
    None for a single pair."""

    mean: float
    low: float | None
    high: float | None


def summary(values: Sequence[float]) -> Summary:
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return Summary(float(np.mean(values)), spread, len(values))


def paired_gain(ours: Sequence[float], baseline: Sequence[float]) -> Gain:
    """Of values that belong together one by one, as those of equal seeds do."""
    differences = np.subtract(ours, baseline)
    mean = float(differences.mean())
    if len(differences) < 2:
        return Gain(mean, None, None)
    error = float(differences.std(ddof=1)) / len(differences) ** 0.5
    reach = float(stdtrit(len(differences) - 1, (1 + LEVEL) / 2)) * error
    return Gain(mean, mean - reach, mean + reach)


def gap_closed(value: float, baseline: float, full: float) -> float | None:
    """The share of the way from the baseline to full supervision; None where there is no way."""
    return (value - baseline) / (full - baseline) if full > baseline else None
