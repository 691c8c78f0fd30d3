"""S4AL (Rangnekar, Kanan, Hoffman 2022): a mean teacher labels the pool, ClassMix mixes it.

Differences from the released code, all on purpose: labelled regions are in the supervised loss
too; the teacher averages batch-norm statistics and predicts in eval mode; eta counts valid
pixels above and below the bar; classes to paste are drawn among those present, rare ones more
often. One student pass covers labelled and mixed images.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import nn

from ml import losses
from ml.data import Batch
from ml.draws import Stream, generator
from ml.methods.base import Situation, Term
from ml.methods.teacher import Taught
from ml.mixing import Mixable, half_of_classes, paste, rare_classes


class S4al(Taught):
    def __init__(self, student: nn.Module, situation: Situation) -> None:
        super().__init__(student, situation)
        self.settings = situation.recipe.s4al
        self.replay: list[int] = []

    def wants_unlabelled(self, t: int) -> bool:
        warm = t >= self.settings.cold_start * self.recipe.schedule.steps
        return warm and self.settings.weight > 0

    def wants_replay(self, t: int) -> Sequence[int]:
        """The tail of the shuffled buffer; `after_step` removes it."""
        count = self.recipe.schedule.unlabelled_batch
        started = t >= self.settings.replay_start * self.recipe.schedule.steps
        ready = started and self.wants_unlabelled(t) and len(self.replay) >= count
        return self.replay[-count:] if ready else ()

    def unsupervised(self, batch: Batch, t: int, rng: np.random.Generator) -> dict[str, Term]:  # noqa: ARG002
        terms = {}
        for name, mixed in self.mixes(batch, rng).items():
            trust = losses.trust(mixed.confidence, mixed.valid, self.settings.threshold)
            terms[name] = self.pseudo(mixed, trust, self.settings.weight, rng)
        return terms

    def mixes(self, batch: Batch, rng: np.random.Generator) -> dict[str, Mixable]:
        """The images to learn from by the name of their loss."""
        assert batch.unlabelled
        current = self.believed(batch.unlabelled)
        mixes = {"pseudo": paste(half_of_classes(current, rng), current, current.roll())}
        if batch.replay is not None:
            again = self.believed(batch.replay)
            mask = rare_classes(again, self.situation.frequency, self.settings.temperature, rng)
            mixes["replay"] = paste(mask, again, current)
        flip = self.recipe.augmentation.flip
        return {
            name: mixed.flip(rng.random(len(mixed.images)) < flip) for name, mixed in mixes.items()
        }

    def after_step(self, batch: Batch, t: int) -> None:
        super().after_step(batch, t)
        if batch.unlabelled is not None:
            self._remember(batch, t)

    def _remember(self, batch: Batch, t: int) -> None:
        rng = generator(self.situation.seed, Stream.BUFFER, t)
        kept = self.replay[: -len(batch.replay.indices)] if batch.replay else self.replay
        assert batch.unlabelled is not None
        shuffled = rng.permutation([*kept, *batch.unlabelled.indices])
        self.replay = [int(index) for index in shuffled[: self.settings.replay_size]]

    def extra_state(self) -> dict[str, Any]:
        return {"replay": self.replay}

    def load_extra(self, state: dict[str, Any]) -> None:
        self.replay = list(state["replay"])
