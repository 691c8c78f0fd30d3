"""How a term's weight grows: pure functions of the updates done."""

import math


def sigmoid(t: int, length: float) -> float:
    """exp(-5 (1 - min(t, T)/T)^2) (Laine, Aila 2017): 0.0067 at 0, 1 from T on; 1 for T = 0."""
    if length <= 0:
        return 1.0
    return math.exp(-5 * (1 - min(t, length) / length) ** 2)
