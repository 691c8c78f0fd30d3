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
from ml.methods.base import Output, Step, Term
from ml.methods.teacher import Taught
from ml.ramps import sigmoid
from ml.tensors import Images, Softmax


class MeanTeacher(Taught):
    def wants_unlabelled(self, t: int) -> bool:  # noqa: ARG002
        return self.recipe.mean_teacher.weight > 0

    def unsupervised(self, batch: Batch, t: int, rng: np.random.Generator) -> list[Term]:
        assert batch.unlabelled
        settings, colours = self.recipe.mean_teacher, self.recipe.augmentation
        pool = batch.unlabelled
        seen = recoloured(pool.images, colours.strong, rng)
        wanted = self._wanted(recoloured(pool.images, colours.colour, rng))
        weight = settings.weight * sigmoid(t, settings.ramp * self.recipe.schedule.steps)

        def learn(output: Output) -> Step:
            loss = CONSISTENCY[settings.consistency](output.logits, wanted, pool.inside)
            return Step({"consistency": weight * loss}, {"consistency_weight": weight})

        return [Term(seen, learn)]

    @torch.no_grad()
    def _wanted(self, images: Images) -> Softmax:
        return self.teacher(images).softmax(dim=1)
