"""What a learning method is; the trainer owns loop, optimiser, schedule, checkpoints, progress.

`t` is the number of updates done. A method holds no clock and never sees a loader: its ramps
are pure functions of t, and its draws come from a generator handed to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from ml.colour import recoloured
from ml.data import Batch, Plan, Views
from ml.draws import Stream, generator
from ml.losses import class_weights, supervised
from ml.recipe import Recipe
from ml.tensors import Images, Logits, Scalar


@dataclass(frozen=True)
class Situation:
    """What a method may know of its task; `frequency` is each class's share of the labels."""

    recipe: Recipe
    frequency: np.ndarray
    seed: int


@dataclass(frozen=True)
class Step:
    """Weighted loss terms by name, and figures worth showing that are not losses."""

    losses: dict[str, Scalar]
    figures: dict[str, float]


@dataclass(frozen=True)
class Term:
    """A loss over images of its own: `loss` gets the student's logits of them."""

    images: Images
    loss: Callable[[Logits], Scalar]
    figures: dict[str, float]


class Method:
    """Supervised as it stands; a method overrides `unsupervised` and what that needs."""

    predictor_name = "student"

    def __init__(self, student: nn.Module, situation: Situation) -> None:
        self.student = student
        self.situation = situation
        self.recipe = situation.recipe
        self.class_weights = class_weights(situation.frequency, situation.recipe.balance)

    def modules(self) -> dict[str, nn.Module]:
        """All that a checkpoint must hold; the key `student` is what the optimiser trains."""
        return {"student": self.student}

    def predictor(self) -> nn.Module:
        return self.modules()[self.predictor_name]

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
        more = {} if batch.unlabelled is None else self.unsupervised(batch, t, rng)
        views = [images, *(term.images for term in more.values())]
        parts = self.student(torch.cat(views)).split([len(each) for each in views])
        losses = {"supervised": batch.weight * self.supervised(parts[0], batch.labelled, t)}
        losses |= {name: more[name].loss(part) for name, part in zip(more, parts[1:], strict=True)}
        return Step(losses, _mean([term.figures for term in more.values()]))

    def unsupervised(
        self,
        batch: Batch,  # noqa: ARG002
        t: int,  # noqa: ARG002
        rng: np.random.Generator,  # noqa: ARG002
    ) -> dict[str, Term]:
        """What the unlabelled images of the batch teach, by name."""
        return {}

    def planned(self, plan: Plan) -> None:
        """Called once it is settled which images a step sees, before it: the plan of the next one
        is made then, so that its batch is ready in time."""

    def after_step(self, batch: Batch, t: int) -> None:
        """Called once the optimiser has stepped."""

    def extra_state(self) -> dict[str, Any]:
        """JSON-able state beside the modules."""
        return {}

    def load_extra(self, state: dict[str, Any]) -> None:
        assert not state, state


def _mean(figures: Sequence[dict[str, float]]) -> dict[str, float]:
    names = figures[0] if figures else ()
    return {name: sum(each[name] for each in figures) / len(figures) for name in names}
