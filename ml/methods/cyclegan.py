"""CycleGAN for segmentation (Mondal et al. 2019): the student makes label maps of images, a painter
makes images of label maps, each should undo the other, and two discriminators judge what they make.

Mended of the released code: label maps reach their discriminator as probabilities, so that it can
teach the student (there an argmax lets no gradient through); what nobody labelled is a channel of
its own and counts in no loss, instead of being background; the discriminator of label maps sees the
same holes in made maps as in real ones. The student is the recipe's network, where the paper has a
second painter; painted images go through it without touching its running statistics.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from ml import losses, norms
from ml.colour import recoloured
from ml.data import Batch
from ml.history import History
from ml.label_maps import one_hot, paired, with_unknown
from ml.methods.base import Method, Needs, Opponent, Output, Situation, Step, Term
from ml.nets import discriminators
from ml.nets.painter import painter
from ml.nets.seeded import unmoved
from ml.nets.segmenter import Segmenter
from ml.options import CycleGan as Settings
from ml.recipe import Recipe
from ml.tensors import Flags, PixelScores, Scalar, Stack
from ml.types import NOT_ASKED

KINDS = {"patch": discriminators.patch, "pixel": discriminators.pixel}


class CycleGan(Method):
    def __init__(self, student: Segmenter, situation: Situation) -> None:
        super().__init__(student, situation)
        self.settings = settings = situation.recipe.cyclegan
        channels, seed = len(situation.frequency) + 1, situation.seed
        made = KINDS[settings.discriminator], self.recipe.discriminator.width
        self.networks = nn.ModuleDict(
            {
                "painter": painter(channels, settings.width, settings.blocks, seed),
                "label_discriminator": made[0](channels, made[1], seed),
                "image_discriminator": made[0](3, made[1], seed),
            }
        ).to(next(student.parameters()).device)
        self.histories = {name: History(settings.history) for name in _judges(settings)}

    @classmethod
    def needs(cls, recipe: Recipe) -> Needs:
        settings, judged = recipe.cyclegan, bool(_judges(recipe.cyclegan))
        least = discriminators.LEAST_SIDE if _paints(settings) or judged else 1
        classes = 2 if judged else 1
        return Needs(_reads_pool(settings), classes=classes, crop=least, alone=judged)

    def helpers(self) -> dict[str, nn.Module]:
        return {"painter": self.networks["painter"]} if _paints(self.settings) else {}

    @property
    def helper_rate(self) -> float:
        return self.settings.painter_rate

    def opponents(self) -> dict[str, Opponent]:
        settings = self.recipe.discriminator
        return {name: Opponent(self.networks[name], settings) for name in _judges(self.settings)}

    def wants_unlabelled(self, t: int) -> bool:  # noqa: ARG002
        return _reads_pool(self.settings)

    def labelled(self, output: Output, batch: Batch, t: int, rng: np.random.Generator) -> Step:
        """Images painted from label maps: like theirs, seen for what they show, taken for real."""
        step, settings = super().labelled(output, batch, t, rng), self.settings
        found = dict(step.losses)
        if not _paints(settings):
            return Step(found, step.figures)
        labels = batch.labelled.labels
        known = labels < NOT_ASKED
        painted = self._painted(one_hot(labels, output.logits.shape[1]), known)
        if settings.image > 0:
            found["image"] = settings.image * _squared(painted, output.images, known)
        if settings.label_cycle > 0:
            with norms.unrecorded(self.student):
                again = self.student(painted)
            found["label_cycle"] = settings.label_cycle * losses.supervised(again, labels)
        if settings.adversarial_images > 0:
            real = output.images if batch.unlabelled is None else batch.unlabelled.images
            found |= self._judged(
                "image", painted, real, weight=settings.adversarial_images, rng=rng
            )
        return Step(found, step.figures)

    def unsupervised(self, batch: Batch, t: int, rng: np.random.Generator) -> list[Term]:  # noqa: ARG002
        assert batch.unlabelled
        images = recoloured(batch.unlabelled.images, self.recipe.augmentation.colour, rng)
        return [Term(images, partial(self._pool, batch=batch, rng=rng))]

    def _pool(self, output: Output, batch: Batch, rng: np.random.Generator) -> Step:
        """Label maps of unlabelled images: taken for real, and enough to paint the images from."""
        assert batch.unlabelled
        settings, inside, found = self.settings, batch.unlabelled.inside, {}
        maps = output.logits.float().softmax(dim=1)
        if settings.image_cycle > 0:
            again = self._painted(maps, inside)
            found["image_cycle"] = settings.image_cycle * _absolute(again, output.images, inside)
        if settings.adversarial_labels > 0:
            labels = batch.labelled.labels
            seen = paired(labels < NOT_ASKED, len(maps)) & inside
            real = with_unknown(one_hot(labels, maps.shape[1]), labels < NOT_ASKED)
            made, weight = with_unknown(maps, seen), settings.adversarial_labels
            found |= self._judged("label", made, real, weight=weight, rng=rng)
        return Step(found)

    def _painted(self, maps: Stack, known: Flags) -> Stack:
        return self.networks["painter"](with_unknown(maps, known)).float()

    def _judged(
        self, what: str, made: Stack, real: Stack, *, weight: float, rng: np.random.Generator
    ) -> dict[str, Scalar]:
        """Least squares (Mao et al. 2017), of label maps where they are known: the maker's loss,
        and the discriminator's own."""
        name = f"{what}_discriminator"
        judge, of_labels = self.networks[name], what == "label"
        older = self.histories[name].swapped(made, rng)

        def away(verdicts: PixelScores, maps: Stack, wanted: float) -> Scalar:
            known = maps[:, 0] == 0 if of_labels else torch.ones_like(maps[:, 0], dtype=torch.bool)
            return _mean((verdicts[:, 0] - wanted).square(), known)

        own = (away(judge(real), real, 1.0) + away(judge(older), older, 0.0)) / 2
        fooled = weight * away(unmoved(judge, made), made, 1.0)
        return {f"adversarial_{what}s": fooled, name: own}

    def tensors(self) -> dict[str, Tensor]:
        return {
            f"{name}/{key}": each
            for name, history in self.histories.items()
            for key, each in history.tensors().items()
        }

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        for name, history in self.histories.items():
            mine = {k.removeprefix(f"{name}/"): v for k, v in tensors.items() if k.startswith(name)}
            history.load(mine)


def _paints(settings: Settings) -> bool:
    weights = (settings.image, settings.label_cycle, settings.image_cycle)
    return any(weight > 0 for weight in (*weights, settings.adversarial_images))


def _reads_pool(settings: Settings) -> bool:
    weights = (settings.image_cycle, settings.adversarial_labels, settings.adversarial_images)
    return any(weight > 0 for weight in weights)


def _judges(settings: Settings) -> list[str]:
    weights = {
        "label_discriminator": settings.adversarial_labels,
        "image_discriminator": settings.adversarial_images,
    }
    return [name for name, weight in weights.items() if weight > 0]


def _squared(made: Stack, wanted: Stack, valid: Flags) -> Scalar:
    """Mean over the channels of the valid pixels."""
    return _mean((made - wanted).square().mean(dim=1), valid)


def _absolute(made: Stack, wanted: Stack, valid: Flags) -> Scalar:
    return _mean((made - wanted).abs().mean(dim=1), valid)


def _mean(each: Tensor, valid: Flags) -> Scalar:
    return (each * valid).sum() / valid.sum().clamp(min=1)
