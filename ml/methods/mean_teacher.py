"""Mean Teacher (Tarvainen, Valpola 2017), for pixels: student and teacher see the same views under
different colours and should agree.

The squared difference of the two softmaxes is summed over the classes (French et al. 2020), so
that its gradient does not shrink with their number; 10 then equals the published 100 for the mean
over ten classes.
"""

import numpy as np
import torch

from ml.colour import recoloured
from ml.data import Batch
from ml.losses import CONSISTENCY
from ml.methods.base import Term
from ml.methods.teacher import Taught
from ml.ramps import sigmoid
from ml.tensors import Images, Logits, Scalar, Softmax


class MeanTeacher(Taught):
    def wants_unlabelled(self, t: int) -> bool:  # noqa: ARG002
        return self.recipe.mean_teacher.weight > 0

    def unsupervised(self, batch: Batch, t: int, rng: np.random.Generator) -> dict[str, Term]:
        assert batch.unlabelled
        settings, colours = self.recipe.mean_teacher, self.recipe.augmentation
        pool = batch.unlabelled
        seen = recoloured(pool.images, colours.strong, rng)
        wanted = self._wanted(recoloured(pool.images, colours.colour, rng))
        weight = settings.weight * sigmoid(t, settings.ramp * self.recipe.schedule.steps)

        def loss(logits: Logits) -> Scalar:
            return weight * CONSISTENCY[settings.consistency](logits, wanted, pool.inside)

        return {"consistency": Term(seen, loss, {"consistency_weight": weight})}

    @torch.no_grad()
    def _wanted(self, images: Images) -> Softmax:
        return self.teacher(images).softmax(dim=1)
