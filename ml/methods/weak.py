"""Pseudo-labels from tags of images, by class activation maps (Zhou et al. 2016).

A 1x1 convolution beside the decoder learns which of the encoder's places show a class that an
image is tagged with; where it is strongest, the tag becomes a label. Trained together with the
student, on its views; the source (Ouali et al. 2020) trains a classifier before, sums over scales
and refines by a CRF, which is not done here.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml import losses
from ml.data import Views
from ml.methods.base import Output, Situation
from ml.nets.seeded import seeded
from ml.nets.segmenter import Segmenter
from ml.ramps import sigmoid
from ml.tensors import Flags, Labels, Logits, Scalar
from ml.types import VOID


class WeakLabels:
    """`asked` is whether the recipe wants them."""

    def __init__(self, student: Segmenter, situation: Situation) -> None:
        self.situation, self.settings = situation, situation.recipe.weak
        self.asked = self.settings.weight > 0
        self.classes = len(situation.frequency)
        channels = student.encoder.channels
        self.attention = seeded(
            situation.seed, lambda: nn.Conv2d(channels, self.classes, 1, bias=False)
        ).to(next(student.parameters()).device)

    def helpers(self) -> dict[str, nn.Module]:
        return {"attention": self.attention} if self.asked else {}

    def terms(self, output: Output, views: Views) -> tuple[dict[str, Scalar], Labels | None]:
        """The loss that teaches the maps, and what they say by now: a class for some pixels, void
        for all others. Zero, and void alone, where no image is tagged: all parts of a batch have
        the same terms. Neither if nobody asks."""
        if not self.asked:
            return {}, None
        tagged, present = self._tags(views)
        maps = self.attention(output.encoded.high_level)
        if not tagged.any():
            return {"tags": 0 * maps.sum()}, torch.full_like(views.labels, VOID)
        said = maps[tagged].mean(dim=(2, 3))
        loss = functional.multilabel_soft_margin_loss(said, present[tagged].to(said.dtype))
        large = output.encoded.enlarged(maps.detach().relu())
        return {"tags": self.settings.tags * loss}, self._labels(large, present, views.inside)

    def loss(self, logits: Logits, labels: Labels, t: int) -> Scalar:
        """Weighted cross-entropy with them, mean over the labelled pixels."""
        ramp = sigmoid(t, self.settings.ramp * self.situation.recipe.schedule.steps)
        return self.settings.weight * ramp * losses.supervised(logits, labels)

    def _tags(self, views: Views) -> tuple[Tensor, Tensor]:
        """(n,): which images are tagged; (n, c): with what, background apart."""
        known = self.situation.tags
        present = torch.zeros(len(views.indices), self.classes, dtype=torch.bool)
        for row, index in enumerate(views.indices):
            present[row, list(known.get(index, ()))] = True
        present[:, list(self.situation.background)] = False
        tagged = torch.tensor([index in known for index in views.indices])
        device = views.images.device
        return tagged.to(device), present.to(device)

    @torch.no_grad()
    def _labels(self, maps: Logits, present: Tensor, inside: Flags) -> Labels:
        """Each map by its own highest value, of the tags alone."""
        highest = maps.amax(dim=(2, 3), keepdim=True).clamp(min=1e-12)
        strength, labels = (maps / highest * present[..., None, None]).max(dim=1)
        found = labels.where(strength >= self.settings.foreground, VOID)
        if self.situation.background:
            bare = strength < self.settings.background
            found = found.masked_fill(bare, self.situation.background[0])
        found[~present.any(dim=1)] = VOID
        return found.where(inside, VOID)
