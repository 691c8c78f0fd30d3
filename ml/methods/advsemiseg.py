"""Adversarial semi-supervised segmentation (Hung et al. 2018), and its continuation of another
model: a discriminator learns to tell people's label maps from the student's, the student to be
taken for people; where the discriminator takes it for them, it learns from itself.

Mended of the released code: where people left pixels open, the discriminator sees holes in the
student's maps as well, else the holes alone would tell them apart; without any pixel to learn from
the other terms go on; scores are logits throughout.
"""

from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ml import losses
from ml.colour import recoloured
from ml.data import Batch, Views
from ml.label_maps import one_hot, paired
from ml.methods.base import Method, Needs, Opponent, Output, Situation, Step, Term
from ml.methods.weak import WeakLabels
from ml.nets.discriminators import LEAST_SIDE, convolutional
from ml.nets.seeded import unmoved
from ml.nets.segmenter import Segmenter
from ml.recipe import Recipe
from ml.tensors import Flags, PixelScores, Scalar
from ml.types import NOT_ASKED


class AdvSemiSeg(Method):
    def __init__(self, student: Segmenter, situation: Situation) -> None:
        super().__init__(student, situation)
        self.settings = situation.recipe.advsemiseg
        width, classes = self.recipe.discriminator.width, len(situation.frequency)
        device = next(student.parameters()).device
        self.discriminator = convolutional(classes, width, situation.seed).to(device)
        self.weak = WeakLabels(student, situation)

    @classmethod
    def needs(cls, recipe: Recipe) -> Needs:
        settings, weak = recipe.advsemiseg, recipe.weak.weight > 0
        judged = settings.unlabelled > 0 or settings.self_training > 0
        crop, classes = (LEAST_SIDE, 2) if judged or settings.labelled > 0 else (1, 1)
        return Needs(unlabelled=judged or weak, tags=weak, classes=classes, crop=crop)

    @property
    def judged(self) -> bool:
        """Whether anything asks the discriminator."""
        weights = (self.settings.labelled, self.settings.unlabelled, self.settings.self_training)
        return any(weight > 0 for weight in weights)

    def helpers(self) -> dict[str, nn.Module]:
        return self.weak.helpers()

    def opponents(self) -> dict[str, Opponent]:
        if not self.judged:
            return {}
        return {"discriminator": Opponent(self.discriminator, self.recipe.discriminator)}

    def wants_unlabelled(self, t: int) -> bool:  # noqa: ARG002
        return self.settings.unlabelled > 0 or self.settings.self_training > 0 or self.weak.asked

    def labelled(self, output: Output, batch: Batch, t: int, rng: np.random.Generator) -> Step:
        step = super().labelled(output, batch, t, rng)
        if not self.judged:
            return step
        known = batch.labelled.labels < NOT_ASKED
        made = output.logits.float().softmax(dim=1) * known[:, None]
        real = one_hot(batch.labelled.labels, made.shape[1])
        fooled = self._fakes(made, known)
        fooled["discriminator"] += judgement(self.discriminator(real), known, real=True) / 2
        if self.settings.labelled > 0:
            score = unmoved(self.discriminator, made)
            loss = judgement(score, known, real=True)
            fooled["adversarial_labelled"] = self.settings.labelled * loss
        return Step(step.losses | fooled, step.figures)

    def _fakes(self, made: torch.Tensor, valid: Flags) -> dict[str, Scalar]:
        score = self.discriminator(made.detach())
        return {"discriminator": judgement(score, valid, real=False) / 2}

    def unsupervised(self, batch: Batch, t: int, rng: np.random.Generator) -> list[Term]:
        assert batch.unlabelled
        images = recoloured(batch.unlabelled.images, self.recipe.augmentation.colour, rng)
        return [Term(images, partial(self._pool, batch=batch, views=batch.unlabelled, t=t))]

    def _pool(self, output: Output, batch: Batch, views: Views, t: int) -> Step:
        """What images without labels teach."""
        found, labels = self.weak.terms(output, views)
        if labels is not None:
            found["weak"] = self.weak.loss(output.logits, labels, t)
        if not self.judged:
            return Step(found)
        valid = views.inside & paired(batch.labelled.labels < NOT_ASKED, len(views.images))
        made = output.logits.float().softmax(dim=1) * valid[:, None]
        score = unmoved(self.discriminator, made)
        if self.settings.unlabelled > 0:
            loss = judgement(score, valid, real=True)
            found["adversarial"] = self.settings.unlabelled * loss
        if self.settings.judges_unlabelled:
            found["discriminator_unlabelled"] = self._fakes(made, valid)["discriminator"]
        taught = self._self_trained(output, score.detach(), valid, t)
        return Step(found | taught.losses, taught.figures)

    def _self_trained(self, output: Output, score: PixelScores, valid: Flags, t: int) -> Step:
        """Cross-entropy with the student's own labels where they pass for people's, mean over
        these pixels."""
        settings = self.settings
        if settings.self_training == 0 or t < settings.start * self.recipe.schedule.steps:
            return Step({}, {"believed_share": 0.0})
        kept = valid & (score[:, 0].sigmoid() >= settings.threshold)
        loss = losses.pseudo(output.logits, output.logits.argmax(dim=1), kept.float(), kept)
        share = losses.mean_over(kept.float(), valid)
        return Step({"self_training": settings.self_training * loss}, {"believed_share": share})


def judgement(scores: PixelScores, valid: Flags, *, real: bool) -> Scalar:
    """Binary cross-entropy of logits with one verdict, mean over the valid pixels."""
    wanted = torch.full_like(scores, float(real))
    each = functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none")[:, 0]
    return (each * valid).sum() / valid.sum().clamp(min=1)
