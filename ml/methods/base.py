"""What a learning method is; the trainer owns loop, optimisers, schedule, checkpoints, progress.

`t` is the number of updates done. A method holds no clock and never sees a loader: its ramps
are pure functions of t, and its draws come from a generator handed to it.

A step is one pass of the student over the labelled images and those of all `Term`s. Every loss
reaches the networks that it is meant for and no others (`ml.nets.seeded.unmoved`, `detach`), so all
of them are added up and go backward at once; each network then follows its own optimiser.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ml.colour import recoloured
from ml.data import Batch, Plan, Views
from ml.draws import Stream, generator
from ml.losses import class_weights, supervised
from ml.nets.segmenter import Encoded, Segmenter
from ml.options import Discriminator
from ml.recipe import Recipe
from ml.tensors import Images, Logits, Scalar


@dataclass(frozen=True)
class Situation:
    """What a method may know of its task: each class's share of the labels, the classes that are
    background, and by an image's place in the pool its (height, width) at the recipe's scale and
    the classes that it is tagged with, if it is."""

    recipe: Recipe
    frequency: np.ndarray
    seed: int
    sizes: Sequence[tuple[int, int]] = ()
    background: Sequence[int] = ()
    tags: Mapping[int, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Needs:
    """What a method cannot do without: images with pixels that nobody labelled, tags of images,
    labels of so many classes, crops whose sides have so many pixels, a process of its own."""

    unlabelled: bool = False
    tags: bool = False
    classes: int = 1
    crop: int = 1
    alone: bool = False


@dataclass(frozen=True)
class Step:
    """Weighted loss terms by name, and figures worth showing that are not losses."""

    losses: dict[str, Scalar]
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """What the student made of images."""

    images: Images
    encoded: Encoded
    logits: Logits


@dataclass(frozen=True)
class Term:
    """Images for the student to see, and what follows from its output."""

    images: Images
    learn: Callable[[Output], Step]


@dataclass(frozen=True)
class Opponent:
    """A network with an optimiser of its own, trained against the student."""

    network: nn.Module
    settings: Discriminator


class Method:
    """Supervised as it stands; a method overrides `unsupervised` and what that needs."""

    predictor_name = "student"

    def __init__(self, student: Segmenter, situation: Situation) -> None:
        self.student = student
        self.situation = situation
        self.recipe = situation.recipe
        self.class_weights = class_weights(situation.frequency, situation.recipe.balance)

    @classmethod
    def needs(cls, recipe: Recipe) -> Needs:  # noqa: ARG003
        return Needs()

    def predictors(self) -> dict[str, Segmenter]:
        """The networks that tell classes."""
        return {"student": self.student}

    def helpers(self) -> dict[str, nn.Module]:
        """Networks that learn beside the student, with its optimiser."""
        return {}

    @property
    def helper_rate(self) -> float:
        """What helpers get of the schedule's rate."""
        return 1.0

    def opponents(self) -> dict[str, Opponent]:
        return {}

    def modules(self) -> dict[str, nn.Module]:
        """All that a checkpoint must hold."""
        opposing = {name: each.network for name, each in self.opponents().items()}
        return {**self.predictors(), **self.helpers(), **opposing}

    def predictor(self) -> nn.Module:
        return self.predictors()[self.predictor_name]

    def wants_unlabelled(self, t: int) -> bool:  # noqa: ARG002
        return False

    def wants_replay(self, t: int) -> Sequence[int]:  # noqa: ARG002
        """Places in the pool whose images the batch of step t shall hold again."""
        return ()

    def draws(self, batch: Batch, t: int) -> np.random.Generator:
        """For this step, or for this part of it."""
        return generator(self.situation.seed, Stream.METHOD, t, batch.part)

    def supervised(self, logits: Logits, views: Views, t: int) -> Scalar:  # noqa: ARG002
        weights = None if self.class_weights is None else self.class_weights.to(logits.device)
        return supervised(logits, views.labels, weights, self.recipe.hard_pixels)

    def step(self, batch: Batch, t: int) -> Step:
        """The terms to descend on this batch, with their graphs; the student sees all at once."""
        rng = self.draws(batch, t)
        images = recoloured(batch.labelled.images, self.recipe.augmentation.colour, rng)
        terms = [] if batch.unlabelled is None else self.unsupervised(batch, t, rng)
        first, *outputs = self.seen([images, *(term.images for term in terms)])
        steps = [self.labelled(first, batch, t, rng)]
        steps += [term.learn(output) for term, output in zip(terms, outputs, strict=True)]
        losses = {name: loss for each in steps for name, loss in each.losses.items()}
        return Step(losses, _mean([each.figures for each in steps]))

    def seen(self, images: Sequence[Tensor]) -> list[Output]:
        """By the student, in one pass; each batch has as many `Images` as it likes."""
        counts = [len(each) for each in images]
        encoded = self.student.encode(torch.cat(list(images)))
        logits = self.student.decode(encoded).split(counts)
        return [Output(*each) for each in zip(images, encoded.split(counts), logits, strict=True)]

    def labelled(
        self,
        output: Output,
        batch: Batch,
        t: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Step:
        """What the labelled images of the batch teach."""
        return Step(
            {"supervised": batch.weight * self.supervised(output.logits, batch.labelled, t)}
        )

    def unsupervised(
        self,
        batch: Batch,  # noqa: ARG002
        t: int,  # noqa: ARG002
        rng: np.random.Generator,  # noqa: ARG002
    ) -> list[Term]:
        """What the unlabelled images of the batch teach."""
        return []

    def planned(self, plan: Plan) -> None:
        """Called once it is settled which images a step sees, before it: the plan of the next one
        is made then, so that its batch is ready in time."""

    def after_step(self, batch: Batch, t: int) -> None:
        """Called once the optimisers have stepped."""

    def extra_state(self) -> dict[str, Any]:
        """JSON-able state beside the modules."""
        return {}

    def load_extra(self, state: dict[str, Any]) -> None:
        assert not state, state

    def tensors(self) -> dict[str, Tensor]:
        """Tensors that a checkpoint must hold beside those of the modules."""
        return {}

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        assert not tensors, list(tensors)


def _mean(figures: Iterable[dict[str, float]]) -> dict[str, float]:
    """Of each figure over those who tell it."""
    told: dict[str, list[float]] = {}
    for each in figures:
        for name, value in each.items():
            told.setdefault(name, []).append(value)
    return {name: sum(values) / len(values) for name, values in told.items()}
