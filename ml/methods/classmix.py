"""ClassMix (Olsson et al. 2021): half of the classes of one image pasted onto the next, under the
teacher's labels.

`weighting` says what a pseudo-label counts: the share of sure pixels of its image (the paper), of
the whole batch (the released code), or one where it is sure itself and else nothing.
"""

import numpy as np

from ml import losses
from ml.data import Batch
from ml.methods.base import Term
from ml.methods.teacher import Taught
from ml.mixing import half_of_classes, paste


class ClassMix(Taught):
    def wants_unlabelled(self, t: int) -> bool:  # noqa: ARG002
        return self.recipe.classmix.weight > 0

    def unsupervised(self, batch: Batch, t: int, rng: np.random.Generator) -> list[Term]:  # noqa: ARG002
        assert batch.unlabelled
        settings, current = self.recipe.classmix, self.believed(batch.unlabelled)[0]
        mixed = paste(half_of_classes(current, rng), current, current.roll())
        sure = losses.share_of_sure(
            mixed.confidence, mixed.valid, settings.threshold, settings.weighting
        )
        return [self.pseudo(mixed, sure, settings.weight, rng)]
