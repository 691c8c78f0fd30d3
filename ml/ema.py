"""A teacher that averages its student."""

import copy

import torch
from torch import nn

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


@torch.no_grad()
def follow(
    teacher: nn.Module, student: nn.Module, keep: float, statistics: Statistics = "averaged"
) -> None:
    """teacher = keep * teacher + (1 - keep) * student; counters are copied."""
    if statistics == "own":
        pairs = list(zip(teacher.parameters(), student.parameters(), strict=True))
    else:
        pairs = list(zip(teacher.state_dict().values(), student.state_dict().values(), strict=True))
    averaged = [(t, s) for t, s in pairs if t.is_floating_point()]
    torch._foreach_lerp_([t for t, _ in averaged], [s for _, s in averaged], 1 - keep)
    for ours, theirs in pairs:
        if not ours.is_floating_point():
            ours.copy_(theirs)
