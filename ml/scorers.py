"""How much the pixels of an image are in doubt: a scorer by name.

A scorer sees the image through one network or two and gives, strip by strip, what the network
says and how much each pixel is worth knowing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ml import acquisition
from ml.predict import Predictor
from ml.strategy import Acquisition
from ml.tensors import ClassMeans, ClassWeights, PixelMap, Probs
from ml.types import Rgb


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


Scorer = Callable[[Look, Rgb], Iterator[Doubt]]


def _pointwise(score: Callable[[Probs], PixelMap]) -> Scorer:
    def scorer(look: Look, image: Rgb) -> Iterator[Doubt]:
        for top, probs in look.network.strips(image):
            yield Doubt(top, probs, score(probs))

    return scorer


def weighted_bvsb(look: Look, image: Rgb) -> Iterator[Doubt]:
    """Best versus second best, times the rarity of the class that it looks like."""
    assert look.shares is not None
    for top, probs in look.network.strips(image):
        doubt = acquisition.best_versus_second_best(probs)
        yield Doubt(top, probs, doubt * acquisition.rarity(probs, look.shares))


def disagreement(look: Look, image: Rgb) -> Iterator[Doubt]:
    """Between teacher and student."""
    assert look.other is not None
    both = zip(look.network.strips(image), look.other.strips(image), strict=True)
    for (top, probs), (_, others) in both:
        yield Doubt(top, probs, acquisition.disagreement(probs, others))


def flip_entropy(look: Look, image: Rgb) -> Iterator[Doubt]:
    """Entropy of the image plus that of its mirror image (Golestaneh, Kitani 2020)."""
    mirrored = np.ascontiguousarray(image[:, ::-1])
    both = zip(look.network.strips(image), look.network.strips(mirrored), strict=True)
    for (top, there), (_, back) in both:
        yield Doubt(top, there, acquisition.entropy(there) + acquisition.entropy(back).flip(-1))


SCORERS: dict[Acquisition, Scorer] = {
    "entropy": _pointwise(acquisition.entropy),
    "margin": _pointwise(acquisition.margin),
    "least_confidence": _pointwise(acquisition.least_confidence),
    "weighted_bvsb": weighted_bvsb,
    "impurity": _pointwise(acquisition.entropy),
    "disagreement": disagreement,
    "flip_entropy": flip_entropy,
}
NEED_SHARES: frozenset[Acquisition] = frozenset({"weighted_bvsb"})
"""These go through the pool twice."""
NEED_MIX: frozenset[Acquisition] = frozenset({"impurity"})
"""The scores of these cells are multiplied by the entropy of the classes predicted in them."""


def shares_of(total: ClassMeans) -> ClassWeights:
    """From the summed probabilities of each class (c,) to shares that sum to 1."""
    return (total / total.sum()).float()
