"""A teacher that averages its student."""

import copy

import torch
from torch import Tensor, nn

from ml.recipe import Statistics


def momentum(t: int, limit: float) -> float:
    """min(1 - 1/(t+1), limit): an exact mean of the students until the limit takes over.

    At t = 0 it is 0, so no trace of the teacher's start is left.
    """
    return min(1 - 1 / (t + 1), limit)


def teacher_of(student: nn.Module, statistics: Statistics = "averaged") -> nn.Module:
    """In eval mode, or normalising by its batches where the statistics are its own."""
    teacher = copy.deepcopy(student).train(statistics == "own")
    return teacher.requires_grad_(False)


class Average:
    """A teacher's tensors beside its student's. Both networks keep theirs for life: looking them up
    took longer than averaging them."""

    def __init__(
        self, teacher: nn.Module, student: nn.Module, statistics: Statistics = "averaged"
    ) -> None:
        tensors = nn.Module.parameters if statistics == "own" else _state
        pairs = list(zip(tensors(teacher), tensors(student), strict=True))
        self._averaged = [pair for pair in pairs if pair[0].is_floating_point()]
        self._copied = [pair for pair in pairs if not pair[0].is_floating_point()]

    @torch.no_grad()
    def follow(self, keep: float) -> None:
        """teacher = keep * teacher + (1 - keep) * student; counters are copied."""
        ours, theirs = zip(*self._averaged, strict=True)
        torch._foreach_lerp_(ours, theirs, 1 - keep)
        for our, their in self._copied:
            our.copy_(their)


def _state(network: nn.Module) -> list[Tensor]:
    return list(network.state_dict().values())
