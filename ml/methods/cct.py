"""Cross-consistency training (Ouali, Hudelot, Tami 2020): auxiliary decoders that see perturbed
features should say what the main decoder says of the clean ones.

What the main decoder says is no more than a target: the consistency teaches encoder and auxiliary
decoders. The features are the context that our decoders take from the encoder, where the paper has
those of its pyramid pooling.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from torch import nn

from ml import losses, perturbations
from ml.colour import recoloured
from ml.data import Batch, Views
from ml.errors import Failure
from ml.losses import CONSISTENCY
from ml.methods.base import Method, Needs, Output, Situation, Step, Term
from ml.methods.weak import WeakLabels
from ml.nets.auxiliary import AuxiliaryDecoder
from ml.nets.seeded import seeded
from ml.nets.segmenter import Segmenter
from ml.options import Perturbations
from ml.ramps import logarithmic, sigmoid
from ml.recipe import HardPixels, Recipe
from ml.tensors import Features, Flags, Labels, Logits, Scalar
from ml.types import NOT_ASKED

OF_OBJECTS = ("cutout", "context", "objects")
ANNEALED_TO, ANNEALED_OVER = 0.9, 0.4


class Cct(Method):
    def __init__(self, student: Segmenter, situation: Situation) -> None:
        super().__init__(student, situation)
        self.settings = situation.recipe.cct
        self.kinds = kinds(self.settings.perturbations, objects=bool(situation.background))
        if not self.kinds:
            raise Failure(
                "bad_spec",
                "cct has no perturbation left: expected a count above 0 in cct.perturbations, and "
                "for cutout, context and objects a class that is background",
            )
        channels, classes = student.context_channels, len(situation.frequency)
        self.auxiliary = seeded(
            situation.seed,
            lambda: nn.ModuleList(AuxiliaryDecoder(channels, classes) for _ in self.kinds),
        ).to(next(student.parameters()).device)
        self.weak = WeakLabels(student, situation)

    @classmethod
    def needs(cls, recipe: Recipe) -> Needs:
        weak = recipe.weak.weight > 0
        return Needs(unlabelled=recipe.cct.weight > 0 or weak, tags=weak)

    def helpers(self) -> dict[str, nn.Module]:
        return {"auxiliary": self.auxiliary, **self.weak.helpers()}

    def wants_unlabelled(self, t: int) -> bool:  # noqa: ARG002
        return self.settings.weight > 0 or self.weak.asked

    def supervised(self, logits: Logits, views: Views, t: int) -> Scalar:
        """Plain, or of the pixels whose class is less probable than a bar that goes up from 1/c to
        0.9 (ab-CE), of one a image at the least."""
        if self.settings.supervised == "plain":
            return super().supervised(logits, views, t)
        known = int((views.labels < NOT_ASKED).sum())
        bar = annealed(t, self.recipe.schedule.steps, logits.shape[1])
        hard = HardPixels(threshold=bar, least=min(1.0, len(logits) / max(known, 1)))
        weights = None if self.class_weights is None else self.class_weights.to(logits.device)
        return losses.supervised(logits, views.labels, weights, hard)

    def unsupervised(self, batch: Batch, t: int, rng: np.random.Generator) -> list[Term]:
        assert batch.unlabelled
        images = recoloured(batch.unlabelled.images, self.recipe.augmentation.colour, rng)
        return [Term(images, partial(self._consistent, views=batch.unlabelled, t=t, rng=rng))]

    def _consistent(self, output: Output, views: Views, t: int, rng: np.random.Generator) -> Step:
        """One decoder's logits at a time: there may be thirty."""
        settings, count = self.settings, len(self.kinds)
        weight = settings.weight * sigmoid(t, settings.ramp * self.recipe.schedule.steps)
        wanted = output.logits.detach().softmax(dim=1)
        valid = views.inside & (wanted.amax(dim=1) >= settings.confidence)
        found, labels = self.weak.terms(output, views)
        found |= {"consistency": wanted.new_zeros(())} if settings.weight > 0 else {}
        for each in self._answers(output, wanted.argmax(dim=1), rng):
            if settings.weight > 0:
                loss = CONSISTENCY[settings.consistency](each, wanted, valid)
                found["consistency"] = found["consistency"] + weight / count * loss
            if labels is not None:
                found["weak"] = found.get("weak", 0) + self.weak.loss(each, labels, t) / count
        return Step(found, {"consistency_weight": weight})

    def _answers(
        self, output: Output, predicted: Labels, rng: np.random.Generator
    ) -> Iterator[Logits]:
        """What each auxiliary decoder says of the features that it is given."""
        background = torch.tensor(self.situation.background, device=predicted.device)
        objects = ~torch.isin(predicted, background)
        z = output.encoded.context.float()
        for kind, decoder in zip(self.kinds, self.auxiliary, strict=True):
            seen = self._perturbed(kind, z, objects, decoder=decoder, rng=rng)
            yield output.encoded.enlarged(decoder(seen))

    def _perturbed(
        self,
        kind: str,
        z: Features,
        objects: Flags,
        *,
        decoder: nn.Module,
        rng: np.random.Generator,
    ) -> Features:
        match kind:
            case "cutout":
                return perturbations.masked(z, perturbations.holes(objects, rng))
            case "context":
                return perturbations.masked(z, objects)
            case "objects":
                return perturbations.masked(z, ~objects)
            case "adversarial":
                xi, norm = self.settings.xi, self.settings.norm
                return perturbations.adversarial(z, decoder, rng, xi=xi, norm=norm)
        plain = {
            "noise": perturbations.noise,
            "drop": perturbations.drop,
            "dropout": perturbations.dropout,
        }
        return plain[kind](z, rng)


def kinds(counts: Perturbations, *, objects: bool) -> list[str]:
    """The perturbation of each auxiliary decoder; those of objects need a background."""
    asked = counts.model_dump().items()
    return [kind for kind, n in asked for _ in range(n) if objects or kind not in OF_OBJECTS]


def annealed(t: int, steps: int, classes: int) -> float:
    """The bar of ab-CE: from 1/c by a logarithmic ramp over the first 40 % of the steps."""
    ramp = logarithmic(t, ANNEALED_OVER * steps)
    return 1 / classes + ramp * (ANNEALED_TO - 1 / classes)
