"""How a term's weight grows: pure functions of the updates done."""

import math


def sigmoid(t: int, length: float) -> float:
    """exp(-5 (1 - min(t, T)/T)^2) (Laine, Aila 2017): 0.0067 at 0, 1 from T on; 1 for T = 0."""
    if length <= 0:
        return 1.0
    return math.exp(-5 * (1 - min(t, length) / length) ** 2)


def logarithmic(t: int, length: float) -> float:
    """1 - exp(-5 min(t, T)/T) (Ouali et al. 2020): 0 at 0, 0.9933 from T on; 1 for T = 0."""
    if length <= 0:
        return 1.0
    return 1 - math.exp(-5 * min(t, length) / length)
