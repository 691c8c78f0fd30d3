"""Pixel scores from class probabilities; higher means label first.

Plain functions of softmax probabilities, natural logarithms, no NaN for p in {0, 1}.
Formulas: Settles 2009 (least confidence, margin, entropy), margin and confidence turned round.
"""

import numpy as np
import torch

from ml.tensors import Classes, ClassWeights, Highest, PixelMap, Planes, Probs

TINY = torch.finfo(torch.float32).tiny


def entropy(probs: Probs) -> PixelMap:
    """-sum p ln p, in 0..ln c; 0 ln 0 is 0."""
    # torch.special.entr says the same, and takes five times as long on a CPU.
    return probs.clamp(min=TINY).log_().mul_(probs).sum(dim=0).neg_().clamp_(min=0)


def margin(probs: Probs) -> PixelMap:
    """1 - (best - second best), in 0..1."""
    first, second = best_two(probs)
    return 1 - (first - second)


def least_confidence(probs: Probs) -> PixelMap:
    """1 - best, in 0..1 - 1/c."""
    return 1 - probs.amax(dim=0)


def best_versus_second_best(probs: Probs) -> PixelMap:
    """Second best / best (Joshi et al. 2009), in 0..1."""
    first, second = best_two(probs)
    return second / first


def rarity(probs: Probs, shares: ClassWeights, strength: float = 6.0) -> PixelMap:
    """(1 + v p_c)^-2 for the best class c of each pixel, p_c its mean probability in the pool
    (Hwang et al. 2023, whose v for street scenes is the default); in 0..1, rare classes near 1."""
    return (1 + strength * shares).pow(-2)[best(probs)[0].long()]


def disagreement(probs: Probs, others: Probs) -> PixelMap:
    """Jensen-Shannon divergence of two networks, in 0..ln 2; bounded where KL is not."""
    both = (probs + others) / 2
    return (entropy(both) - (entropy(probs) + entropy(others)) / 2).clamp(min=0)


def best(probs: Planes) -> tuple[Classes, Highest]:
    """The most probable class of each pixel, the first of equals, and its probability.

    Class by class, as `best_two`, and on a CPU by numpy: torch takes eight times as long to write
    bytes where a comparison holds.
    """
    top = probs[0].clone()
    classes = torch.zeros(top.shape, dtype=torch.uint8, device=probs.device)
    on_cpu = probs.device.type == "cpu"
    for number in range(1, len(probs)):
        if on_cpu:
            above = (probs[number].numpy() > top.numpy()).view(np.uint8)
            np.maximum(classes.numpy(), above * np.uint8(number), out=classes.numpy())
        else:
            classes.masked_fill_(probs[number] > top, number)
        torch.maximum(top, probs[number], out=top)
    return classes, top


def best_two(probs: Probs) -> tuple[PixelMap, PixelMap]:
    """The largest and the second largest probability of each pixel."""
    first, second = torch.maximum(probs[0], probs[1]), torch.minimum(probs[0], probs[1])
    for each in probs[2:]:
        second = torch.maximum(second, torch.minimum(first, each))
        first = torch.maximum(first, each)
    return first, second
