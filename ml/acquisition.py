"""Pixel scores from class probabilities; higher means label first.

Plain functions of softmax probabilities, natural logarithms, no NaN for p in {0, 1}.
Formulas: Settles 2009 (least confidence, margin, entropy), margin and confidence turned round.
"""

import torch

from ml.tensors import ClassWeights, PixelMap, Probs


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


def best_versus_second_best(probs: Probs) -> PixelMap:
    """Second best / best (Joshi et al. 2009), in 0..1."""
    best = probs.topk(2, dim=0).values
    return best[1] / best[0]


def rarity(probs: Probs, shares: ClassWeights, strength: float = 6.0) -> PixelMap:
    """(1 + v p_c)^-2 for the best class c of each pixel, p_c its mean probability in the pool
    (Hwang et al. 2023, whose v for street scenes is the default); in 0..1, rare classes near 1."""
    return (1 + strength * shares).pow(-2)[probs.argmax(dim=0)]


def disagreement(probs: Probs, others: Probs) -> PixelMap:
    """Jensen-Shannon divergence of two networks, in 0..ln 2; bounded where KL is not."""
    both = (probs + others) / 2
    return (entropy(both) - (entropy(probs) + entropy(others)) / 2).clamp(min=0)
