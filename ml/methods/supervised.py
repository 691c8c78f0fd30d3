"""Cross-entropy over the labelled pixels: the baseline that every other method must beat."""

from ml.augment import jitter
from ml.data import Batch
from ml.draws import Stream, generator
from ml.methods.base import Method, Step


class Supervised(Method):
    def step(self, batch: Batch, t: int) -> Step:
        rng = generator(self.situation.seed, Stream.METHOD, t)
        images = jitter(batch.labelled.images, self.recipe.augmentation, rng)
        logits = self.student(images)
        return Step({"supervised": self.supervised(logits, batch.labelled)}, {})
