"""Pixel scores from class probabilities; higher means label first.

Plain functions of softmax probabilities, natural logarithms, no NaN for p in {0, 1}.
Formulas: Settles 2009 (least confidence, margin, entropy), margin and confidence turned round.
"""

from collections.abc import Callable

import torch

from ml.recipe import Acquisition
from ml.tensors import PixelMap, Probs


def entropy(probs: Probs) -> PixelMap:
    """-sum p ln p, in 0..ln c; `entr` takes 0 ln 0 as 0."""
    return torch.special.entr(probs).sum(dim=0)


def margin(probs: Probs) -> PixelMap:
    """1 - (best - second best), in 0..1."""
    best = probs.topk(2, dim=0).values
    return 1 - (best[0] - best[1])


def least_confidence(probs: Probs) -> PixelMap:
    """1 - best, in 0..1 - 1/c."""
    return 1 - probs.amax(dim=0)


ACQUISITIONS: dict[Acquisition, Callable[[Probs], PixelMap]] = {
    "entropy": entropy,
    "margin": margin,
    "least_confidence": least_confidence,
}
