"""Mean Teacher (Tarvainen, Valpola 2017), for pixels: student and teacher see the same views under
different colours and should agree.

The squared difference of the two softmaxes is summed over the classes (French et al. 2020), so
that its gradient does not shrink with their number; 10 then equals the published 100 for the mean
over ten classes.
"""

import torch

from ml import losses
from ml.colour import recoloured
from ml.data import Batch, Views
from ml.methods.base import Step
from ml.methods.teacher import Taught
from ml.ramps import sigmoid


class MeanTeacher(Taught):
    def wants_unlabelled(self, t: int) -> bool:  # noqa: ARG002
        return self.recipe.mean_teacher.weight > 0

    def step(self, batch: Batch, t: int) -> Step:
        rng = self.draws(batch, t)
        colours = self.recipe.augmentation
        labelled = recoloured(batch.labelled.images, colours.colour, rng)
        if batch.unlabelled is None:
            return Step({"supervised": self.supervised(self.student(labelled), batch.labelled)}, {})
        pool = batch.unlabelled
        seen = [labelled, recoloured(pool.images, colours.strong, rng)]
        logits = self.student(torch.cat(seen))
        parts = logits.split([len(each) for each in seen])
        wanted = self._wanted(recoloured(pool.images, colours.colour, rng))
        terms = {"supervised": self.supervised(parts[0], batch.labelled)}
        terms["consistency"] = self._weight(t) * self._difference(parts[1], wanted, pool)
        return Step(terms, {"consistency_weight": self._weight(t)})

    def _weight(self, t: int) -> float:
        settings = self.recipe.mean_teacher
        return settings.weight * sigmoid(t, settings.ramp * self.recipe.schedule.steps)

    @torch.no_grad()
    def _wanted(self, images: torch.Tensor) -> torch.Tensor:
        return self.teacher(images).softmax(dim=1)

    def _difference(self, logits: torch.Tensor, wanted: torch.Tensor, views: Views) -> torch.Tensor:
        return losses.CONSISTENCY[self.recipe.mean_teacher.consistency](
            logits, wanted, views.inside
        )
