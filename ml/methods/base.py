"""What a learning method is; the trainer owns loop, optimiser, schedule, checkpoints, progress.

`t` is the number of updates done. A method holds no clock and never sees a loader: its ramps
are pure functions of t, and its draws come from a generator handed to it.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from ml.data import Batch, Views
from ml.draws import Stream, generator
from ml.losses import class_weights, supervised
from ml.recipe import Recipe
from ml.tensors import Logits, Scalar


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


class Method(ABC):
    """One file per method: `step` and what it needs; the rest has these defaults."""

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
        """Places in the pool whose images the next batch shall hold again."""
        return ()

    def draws(self, batch: Batch, t: int) -> np.random.Generator:
        """For this step, or for this part of it."""
        return generator(self.situation.seed, Stream.METHOD, t, batch.part)

    def supervised(self, logits: Logits, views: Views) -> Scalar:
        weights = None if self.class_weights is None else self.class_weights.to(logits.device)
        return supervised(logits, views.labels, weights)

    @abstractmethod
    def step(self, batch: Batch, t: int) -> Step:
        """The terms to descend on this batch, with their graphs."""

    def after_step(self, batch: Batch, t: int) -> None:  # noqa: B027 - most need nothing here
        """Called once the optimiser has stepped."""

    def extra_state(self) -> dict[str, Any]:
        """JSON-able state beside the modules."""
        return {}

    def load_extra(self, state: dict[str, Any]) -> None:
        assert not state, state
