"""A student and the moving average of itself that teaches it: what all such methods share."""

import numpy as np
import torch
from torch import Tensor

from ml import losses
from ml.acquisition import best
from ml.colour import recoloured
from ml.data import Batch, Views
from ml.ema import Average, momentum, teacher_of
from ml.methods.base import Method, Output, Situation, Step, Term
from ml.mixing import Mixable
from ml.nets.segmenter import Segmenter
from ml.options import Mean
from ml.tensors import Weights
from ml.types import NOT_ASKED, VOID


class Taught(Method):
    """Predicts with the teacher, which follows after every step."""

    predictor_name = "teacher"

    def __init__(self, student: Segmenter, situation: Situation) -> None:
        super().__init__(student, situation)
        statistics = self.recipe.teacher.statistics
        self.teacher = teacher_of(student, statistics)
        self._average = Average(self.teacher, student, statistics)

    def predictors(self) -> dict[str, Segmenter]:
        return {"student": self.student, "teacher": self.teacher}

    def after_step(self, batch: Batch, t: int) -> None:  # noqa: ARG002
        self._average.follow(momentum(t, self.recipe.teacher.momentum))

    @torch.no_grad()
    def believed(self, *batches: Views) -> list[Mixable]:
        """The teacher's labels and confidences; what a person said overrides them with p = 1.

        One pass for all, unless the teacher normalises each batch by itself.
        """
        images = [views.images for views in batches]
        passes = images if self.teacher.training else [torch.cat(images)]
        logits = torch.cat([self.teacher(each) for each in passes])
        counts = [len(each) for each in images]
        found = (x.split(counts) for x in best(logits.float().softmax(dim=1).transpose(0, 1)))
        return [_overridden(*each) for each in zip(batches, *found, strict=True)]

    def pseudo(
        self,
        mixed: Mixable,
        trust: Weights,
        weight: float,
        rng: np.random.Generator,
        *,
        mean: Mean = "valid",
        name: str = "pseudo",
    ) -> Term:
        """Cross-entropy with the labels of mixed images in strong colours, each pixel by its
        trust (0..1)."""
        images = recoloured(mixed.images, self.recipe.augmentation.strong, rng)

        def learn(output: Output) -> Step:
            loss = losses.pseudo(output.logits, mixed.labels, trust, mixed.valid, mean=mean)
            return Step({name: weight * loss}, {"pseudo_share": share})

        share = losses.mean_over(trust, mixed.valid)
        return Term(images, learn)


def _overridden(views: Views, found: Tensor, confidence: Tensor) -> Mixable:
    said = views.labels != NOT_ASKED
    labels = torch.where(said, views.labels, found.long())
    confidence = torch.where(said, torch.ones_like(confidence), confidence)
    return Mixable(views.images, labels, confidence, views.inside & (labels != VOID))
