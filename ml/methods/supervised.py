"""Cross-entropy over the labelled pixels: the baseline that every other method must beat."""

from ml.colour import recoloured
from ml.data import Batch
from ml.methods.base import Method, Step


class Supervised(Method):
    def step(self, batch: Batch, t: int) -> Step:
        rng = self.draws(batch, t)
        images = recoloured(batch.labelled.images, self.recipe.augmentation.colour, rng)
        logits = self.student(images)
        return Step({"supervised": self.supervised(logits, batch.labelled)}, {})
