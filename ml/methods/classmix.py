"""ClassMix (Olsson et al. 2021): half of the classes of one image pasted onto the next, under the
teacher's labels.

`weighting` says what a pseudo-label counts: the share of sure pixels of its image (the paper), of
the whole batch (the released code), or one where it is sure itself and else nothing.
"""

import torch

from ml import losses
from ml.colour import recoloured
from ml.data import Batch
from ml.methods.base import Step
from ml.methods.teacher import Taught
from ml.mixing import half_of_classes, paste


class ClassMix(Taught):
    def wants_unlabelled(self, t: int) -> bool:  # noqa: ARG002
        return self.recipe.classmix.weight > 0

    def step(self, batch: Batch, t: int) -> Step:
        rng = self.draws(batch, t)
        settings, augmentation = self.recipe.classmix, self.recipe.augmentation
        labelled = recoloured(batch.labelled.images, augmentation.colour, rng)
        if batch.unlabelled is None:
            return Step({"supervised": self.supervised(self.student(labelled), batch.labelled)}, {})
        current = self.believed(batch.unlabelled)
        mixed = paste(half_of_classes(current, rng), current, current.roll())
        seen = [labelled, recoloured(mixed.images, augmentation.strong, rng)]
        parts = self.student(torch.cat(seen)).split([len(each) for each in seen])
        sure = losses.share_of_sure(
            mixed.confidence, mixed.valid, settings.threshold, settings.weighting
        )
        terms = {"supervised": self.supervised(parts[0], batch.labelled)}
        terms["pseudo"] = settings.weight * losses.pseudo(parts[1], mixed.labels, sure, mixed.valid)
        return Step(terms, {"pseudo_share": losses.mean_over(sure, mixed.valid)})
