"""Temporal ensembling (Laine, Aila 2017), for pixels: the student should say of a view what it has
said of that part of the image before, on average.

Each visit of an image is added at once, with its bias corrected where it is read, instead of all of
them once an epoch; what was never seen teaches nothing, so the first epoch has labels alone. The
squared difference is summed over the classes: 3 then equals the published 30 for the mean over ten.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np
from torch import Tensor

from ml.colour import recoloured
from ml.data import Batch, Views
from ml.ensemble import Ensemble
from ml.losses import CONSISTENCY, mean_over
from ml.methods.base import Method, Needs, Output, Situation, Step, Term
from ml.nets.segmenter import Segmenter
from ml.ramps import sigmoid
from ml.recipe import Recipe
from ml.tensors import Softmax


class TemporalEnsembling(Method):
    def __init__(self, student: Segmenter, situation: Situation) -> None:
        super().__init__(student, situation)
        self.settings = situation.recipe.temporal_ensembling
        classes, settings = len(situation.frequency), self.settings
        sizes = situation.sizes if settings.weight > 0 else ()
        self.ensemble = Ensemble(sizes, classes, settings.stride, settings.momentum)
        self._said: list[tuple[Views, Softmax]] = []

    @classmethod
    def needs(cls, recipe: Recipe) -> Needs:
        used = recipe.temporal_ensembling.weight > 0
        return Needs(unlabelled=used, alone=used)

    def wants_unlabelled(self, t: int) -> bool:  # noqa: ARG002
        return self.settings.weight > 0

    def unsupervised(self, batch: Batch, t: int, rng: np.random.Generator) -> list[Term]:
        assert batch.unlabelled
        images = recoloured(batch.unlabelled.images, self.recipe.augmentation.colour, rng)
        return [Term(images, partial(self._agreed, views=batch.unlabelled, t=t))]

    def _agreed(self, output: Output, views: Views, t: int) -> Step:
        settings = self.settings
        weight = settings.weight * sigmoid(t, settings.ramp * self.recipe.schedule.steps)
        wanted = self.ensemble.wanted(views.indices, views.frames, views.images)
        valid = views.inside & (wanted.amax(dim=1) > 0)
        loss = CONSISTENCY[settings.consistency](output.logits, wanted, valid)
        self._said.append((views, output.logits.detach().float().softmax(dim=1)))
        known = mean_over(valid.float(), views.inside)
        return Step({"consistency": weight * loss}, {"remembered_share": known})

    def after_step(self, batch: Batch, t: int) -> None:  # noqa: ARG002
        """What was said of this step's views is remembered, part by part."""
        for views, said in self._said:
            self.ensemble.add(views.indices, views.frames, said)
        self._said.clear()

    def tensors(self) -> dict[str, Tensor]:
        return self.ensemble.tensors()

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        self.ensemble.load(tensors["ensemble"])
