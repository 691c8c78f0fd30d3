"""How much the pixels of an image are in doubt: a scorer by name.

A scorer sees images through one network or two and gives of each, strip by strip, what the
network says and how much each pixel is worth knowing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ml import acquisition
from ml.predict import Pictures, Predictor
from ml.strategy import Acquisition
from ml.tensors import ClassCounts, ClassMeans, ClassWeights, PixelMap, Probs, Strip


@dataclass(frozen=True)
class Look:
    """What a scorer may use. `other` is the second network of the model, where the scorer needs
    it; `shares` the mean probability of each class in the pool, likewise."""

    network: Predictor
    other: Predictor | None = None
    shares: ClassWeights | None = None


class Doubt(NamedTuple):
    """Some rows of an image from row `top` on: class probabilities, and a score for each pixel."""

    top: int
    probs: Probs
    pixels: PixelMap


Seen = Iterator[Iterator[Strip]]
Scorer = Callable[[Look, Pictures], Iterator[Iterator[Doubt]]]


def _pointwise(score: Callable[[Probs], PixelMap]) -> Scorer:
    def scorer(look: Look, pictures: Pictures) -> Iterator[Iterator[Doubt]]:
        for strips in look.network.strips(pictures):
            yield (Doubt(top, probs, score(probs)) for top, probs in strips)

    return scorer


def weighted_bvsb(look: Look, pictures: Pictures) -> Iterator[Iterator[Doubt]]:
    """Best versus second best, times the rarity of the class that it looks like."""
    assert look.shares is not None

    def doubt(probs: Probs) -> PixelMap:
        unsure = acquisition.best_versus_second_best(probs)
        return unsure * acquisition.rarity(probs, look.shares)

    return _pointwise(doubt)(look, pictures)


def disagreement(look: Look, pictures: Pictures) -> Iterator[Iterator[Doubt]]:
    """Between teacher and student."""
    assert look.other is not None
    both = look.network.strips(pictures), look.other.strips(pictures)
    return _compared(*both, acquisition.disagreement)


def flip_entropy(look: Look, pictures: Pictures) -> Iterator[Iterator[Doubt]]:
    """Entropy of the image plus that of its mirror image (Golestaneh, Kitani 2020)."""
    turned = [np.ascontiguousarray(each[:, ::-1]) for each in pictures.pixels]
    both = look.network.strips(pictures), look.network.strips(pictures._replace(pixels=turned))

    def doubt(there: Probs, back: Probs) -> PixelMap:
        return acquisition.entropy(there) + acquisition.entropy(back).flip(-1)

    return _compared(*both, doubt)


def _compared(
    ours: Seen, theirs: Seen, score: Callable[[Probs, Probs], PixelMap]
) -> Iterator[Iterator[Doubt]]:
    for one, other in zip(ours, theirs, strict=True):
        yield (
            Doubt(top, probs, score(probs, others))
            for (top, probs), (_, others) in zip(one, other, strict=True)
        )


SCORERS: dict[Acquisition, Scorer] = {
    "entropy": _pointwise(acquisition.entropy),
    "margin": _pointwise(acquisition.margin),
    "least_confidence": _pointwise(acquisition.least_confidence),
    "weighted_bvsb": weighted_bvsb,
    "impurity": _pointwise(acquisition.entropy),
    "disagreement": disagreement,
    "flip_entropy": flip_entropy,
}
NEED_MIX: frozenset[Acquisition] = frozenset({"impurity"})
"""The scores of these cells are multiplied by the entropy of the classes predicted in them."""


ONE = 2**32


def counted(means: ClassMeans) -> ClassCounts:
    """Mean probabilities as whole numbers, 1 being ONE: sums of parts, in any order, are the same
    bits as the sum of the whole; int64 holds those of two thousand million images."""
    return (means * ONE).round().long()


def shares_of(total: ClassCounts) -> ClassWeights:
    """From the summed probabilities of each class (c,) to shares that sum to 1."""
    return (total.double() / total.sum()).float()
