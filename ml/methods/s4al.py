"""S4AL (Rangnekar, Kanan, Hoffman 2022): a mean teacher labels the pool, ClassMix mixes it.

Where paper and released code differ, `ml.presets` has both. Mended of the code for all: eta counts
the valid pixels above and below the bar; void is no class to paste; a replayed image, its labels
and its teacher's view share one crop; confidences are not rounded to 1/255.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ml import losses
from ml.data import Batch, Plan, Views
from ml.draws import Stream, generator
from ml.methods.base import Situation, Term
from ml.methods.teacher import Taught
from ml.mixing import Mixable, half_of_classes, head_and_tail, paste, rare_classes
from ml.nets.segmenter import Segmenter
from ml.tensors import Flags, Logits, Scalar


class S4al(Taught):
    def __init__(self, student: Segmenter, situation: Situation) -> None:
        super().__init__(student, situation)
        self.settings = situation.recipe.s4al
        self.replay: list[int] = []

    def wants_unlabelled(self, t: int) -> bool:
        return self._warm(t) and self.settings.weight > 0

    def _warm(self, t: int) -> bool:
        return t >= self.settings.cold_start * self.recipe.schedule.steps

    def wants_replay(self, t: int) -> Sequence[int]:
        """The tail of the shuffled buffer; `planned` removes it."""
        count = self.recipe.schedule.unlabelled_batch
        started = t >= self.settings.replay_start * self.recipe.schedule.steps
        ready = started and self.wants_unlabelled(t) and len(self.replay) >= count
        return self.replay[-count:] if ready else ()

    def supervised(self, logits: Logits, views: Views, t: int) -> Scalar:
        loss = super().supervised(logits, views, t)
        return loss if self._warm(t) else self.settings.cold_weight * loss

    def unsupervised(self, batch: Batch, t: int, rng: np.random.Generator) -> list[Term]:  # noqa: ARG002
        terms = []
        for name, mixed in self.mixes(batch, rng).items():
            trust = losses.trust(mixed.confidence, mixed.valid, self.settings.threshold)
            weight, mean = self.settings.weight, self.settings.mean
            terms.append(self.pseudo(mixed, trust, weight, rng, mean=mean, name=name))
        return terms

    def mixes(self, batch: Batch, rng: np.random.Generator) -> dict[str, Mixable]:
        """The images to learn from by the name of their loss."""
        assert batch.unlabelled
        replay = [] if batch.replay is None else [batch.replay]
        current, *replayed = self.believed(batch.unlabelled, *replay)
        mixes = {"pseudo": paste(half_of_classes(current, rng), current, current.roll())}
        for again in replayed:
            mixes["replay"] = paste(self._pasted(again, rng), again, current)
        flip = self.recipe.augmentation.flip
        return {
            name: mixed.flip(rng.random(len(mixed.images)) < flip) for name, mixed in mixes.items()
        }

    def _pasted(self, replayed: Mixable, rng: np.random.Generator) -> Flags:
        settings, frequency = self.settings, self.situation.frequency
        if settings.pasted == "rare":
            return rare_classes(replayed, frequency, settings.temperature, rng)
        return head_and_tail(replayed, frequency, settings.head, rng)

    def planned(self, plan: Plan) -> None:
        """What was replayed leaves the buffer, what is seen now enters it."""
        if not plan.unlabelled:
            return
        rng = generator(self.situation.seed, Stream.BUFFER, plan.step)
        kept = self.replay[: -len(plan.replay)] if plan.replay else self.replay
        shuffled = rng.permutation([*kept, *plan.unlabelled])
        self.replay = [int(index) for index in shuffled[: self.settings.replay_size]]

    def extra_state(self) -> dict[str, Any]:
        return {"replay": self.replay}

    def load_extra(self, state: dict[str, Any]) -> None:
        self.replay = list(state["replay"])
