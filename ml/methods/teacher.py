"""A student and the moving average of itself that teaches it: what all such methods share."""

import torch
from torch import nn

from ml.data import Batch, Views
from ml.ema import follow, momentum, teacher_of
from ml.methods.base import Method, Situation
from ml.mixing import Mixable
from ml.types import NOT_ASKED, VOID


class Taught(Method):
    """Predicts with the teacher, which follows after every step."""

    predictor_name = "teacher"

    def __init__(self, student: nn.Module, situation: Situation) -> None:
        super().__init__(student, situation)
        self.teacher = teacher_of(student)

    def modules(self) -> dict[str, nn.Module]:
        return {"student": self.student, "teacher": self.teacher}

    def after_step(self, batch: Batch, t: int) -> None:  # noqa: ARG002
        follow(self.teacher, self.student, momentum(t, self.recipe.teacher.momentum))

    @torch.no_grad()
    def believed(self, views: Views) -> Mixable:
        """The teacher's labels and confidences; what a person said overrides them with p = 1."""
        confidence, labels = self.teacher(views.images).softmax(dim=1).max(dim=1)
        said = views.labels != NOT_ASKED
        labels = torch.where(said, views.labels, labels)
        confidence = torch.where(said, torch.ones_like(confidence), confidence)
        return Mixable(views.images, labels, confidence, views.inside & (labels != VOID))
