"""How much each cell of an image is worth labelling: a scorer by name.

A scorer sees the image through one network or two, and pools over the pixels of each cell that
nobody labelled.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml import acquisition, cells
from ml.errors import Failure
from ml.predict import Predictor
from ml.recipe import Acquisition
from ml.tensors import ClassMeans, ClassWeights, PixelMap, Probs
from ml.types import CellScores, OpenPixels, Rgb


@dataclass(frozen=True)
class Look:
    """What a scorer may use. `other` is the second network of the model, if it has one; `shares`
    the mean probability of each class in the pool, if the scorer asked for it."""

    network: Predictor
    other: Predictor | None = None
    shares: ClassWeights | None = None


@dataclass(frozen=True)
class Open:
    """The pixels that nobody labelled, and the size of the cells that they are pooled over."""

    pixels: OpenPixels
    cell_px: int


Scorer = Callable[[Look, Rgb, Open], CellScores]


def _pooled(pixels: PixelMap, opened: Open) -> CellScores:
    return cells.pool(pixels.clamp(min=0).cpu().numpy(), opened.pixels, opened.cell_px)


def _pointwise(score: Callable[[Probs], PixelMap]) -> Scorer:
    def scorer(look: Look, image: Rgb, opened: Open) -> CellScores:
        return _pooled(score(look.network.probabilities(image)), opened)

    return scorer


def weighted_bvsb(look: Look, image: Rgb, opened: Open) -> CellScores:
    """Best versus second best, times the rarity of the class that it looks like."""
    assert look.shares is not None
    probs = look.network.probabilities(image)
    doubt = acquisition.best_versus_second_best(probs)
    return _pooled(doubt * acquisition.rarity(probs, look.shares), opened)


def impurity(look: Look, image: Rgb, opened: Open) -> CellScores:
    """Entropy of the predicted classes in the cell, times the mean entropy of its pixels, each
    over ln c: in 0..1 (RIPU: Xie et al. 2022, with the cell as its window)."""
    probs = look.network.probabilities(image)
    doubt = _pooled(acquisition.entropy(probs), opened)
    predicted = probs.argmax(dim=0).cpu().numpy()
    mix = cells.mix(predicted, opened.pixels, opened.cell_px, len(probs))
    scores = doubt * mix / np.log(len(probs)) ** 2
    return np.where(doubt == cells.CLOSED, cells.CLOSED, scores).astype(np.float32)


def disagreement(look: Look, image: Rgb, opened: Open) -> CellScores:
    """Between teacher and student. Raises Failure `bad_spec` for a model of one network."""
    if look.other is None:
        raise Failure(
            "bad_spec",
            "disagreement compares a teacher with its student, and this model has one network; "
            "score by entropy, or train by a method with a teacher",
        )
    both = (each.probabilities(image) for each in (look.network, look.other))
    return _pooled(acquisition.disagreement(*both), opened)


def flip_entropy(look: Look, image: Rgb, opened: Open) -> CellScores:
    """Entropy of the image plus that of its mirror image (Golestaneh, Kitani 2020)."""
    mirrored = np.ascontiguousarray(image[:, ::-1])
    there = acquisition.entropy(look.network.probabilities(image))
    back = acquisition.entropy(look.network.probabilities(mirrored)).flip(-1)
    return _pooled(there + back, opened)


SCORERS: dict[Acquisition, Scorer] = {
    "entropy": _pointwise(acquisition.entropy),
    "margin": _pointwise(acquisition.margin),
    "least_confidence": _pointwise(acquisition.least_confidence),
    "weighted_bvsb": weighted_bvsb,
    "impurity": impurity,
    "disagreement": disagreement,
    "flip_entropy": flip_entropy,
}
NEED_SHARES: frozenset[Acquisition] = frozenset({"weighted_bvsb"})
"""These go through the pool twice."""
NEED_BOTH: frozenset[Acquisition] = frozenset({"disagreement"})


def shares_of(total: ClassMeans) -> ClassWeights:
    """From the summed probabilities of each class (c,) to shares that sum to 1."""
    return (total / total.sum()).float()
