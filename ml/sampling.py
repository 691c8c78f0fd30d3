"""Which labelled images a step learns from, and around which of their pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float64

from ml.draws import Sampler, Stream, generator
from ml.recipe import Recipe
from ml.types import NOT_ASKED, ClassCounts, Mask, Pixels

Around = Callable[[Mask], Pixels]
"""The pixels of an image around which it may be cropped."""
Frequency = Float64[np.ndarray, " c"]


@dataclass(frozen=True)
class Drawn:
    """`index` counts the labelled images."""

    index: int
    around: Around


@dataclass(frozen=True)
class Evenly:
    """Every image once in each epoch, around any of its labelled pixels."""

    sampler: Sampler

    def at(self, step: int) -> list[Drawn]:
        return [Drawn(index, _labelled) for index in self.sampler.indices(step)]


@dataclass(frozen=True)
class Rarely:
    """A class by its weight, then any image that has it, around any of its pixels."""

    counts: ClassCounts
    weights: Frequency
    batch: int
    seed: int

    def at(self, step: int) -> list[Drawn]:
        rng = generator(self.seed, Stream.RARE, step)
        return [
            Drawn(int(rng.choice(np.flatnonzero(self.counts[:, value]))), partial(_of, int(value)))
            for value in rng.choice(len(self.weights), self.batch, p=self.weights)
        ]


def labelled_draws(counts: ClassCounts, recipe: Recipe, seed: int) -> Evenly | Rarely:
    """Evenly, or with the recipe's `rare_temperature` more often those of rare classes."""
    batch = recipe.schedule.labelled_batch
    if recipe.rare_temperature is None:
        return Evenly(Sampler(len(counts), batch, seed, Stream.LABELLED))
    return Rarely(counts, rarity(frequency(counts), recipe.rare_temperature), batch, seed)


def frequency(counts: ClassCounts) -> Frequency:
    """f_c: the share of each class in all labelled pixels; zeros where there are none."""
    total = counts.sum(axis=0)
    return total / max(total.sum(), 1)


def rarity(frequency: Frequency, temperature: float) -> Frequency:
    """P(c) = softmax((1 - f_c) / T) over the classes that have labels (Hoyer et al. 2022)."""
    logits = np.where(frequency > 0, (1 - frequency) / temperature, -np.inf)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def _labelled(labels: Mask) -> Pixels:
    return labels < NOT_ASKED


def _of(value: int, labels: Mask) -> Pixels:
    return labels == value
