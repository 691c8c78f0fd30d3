"""The processes of one training, as `torchrun` starts them, or this one alone.

Each computes its share of every batch; gradients are averaged once a step, here and not in
DistributedDataParallel's hooks: a batch may have several parts, and the network keeps its names.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from ml.errors import Abandoned


@dataclass(frozen=True)
class Group:
    """`device` is where this process's tensors are."""

    device: torch.device
    rank: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes files and speaks."""
        return self.rank == 0

    def average(self, tensors: Sequence[Tensor]) -> None:
        """In place, over all processes: their gradients, or statistics."""
        if self.count == 1 or not tensors:
            return
        flat = torch.cat([each.detach().flatten() for each in tensors])
        self._sum(flat)
        parts = flat.div_(self.count).split([each.numel() for each in tensors])
        for each, part in zip(tensors, parts, strict=True):
            each.copy_(part.view_as(each))

    def averages(self, figures: Sequence[float]) -> list[float]:
        """Of each figure over all processes; every process gets the same."""
        if self.count == 1:
            return list(figures)
        told = torch.tensor(figures, dtype=torch.float64, device=self.device)
        self._sum(told)
        return [float(each) for each in told.div_(self.count)]

    def wait(self) -> None:
        """Until all are here."""
        self.averages([0.0])

    def leave(self) -> None:
        if self.count > 1:
            distributed.destroy_process_group()

    def _sum(self, tensor: Tensor) -> None:
        with _unless_abandoned():
            distributed.all_reduce(tensor)


@contextmanager
def _unless_abandoned() -> Iterator[None]:
    """What the others' end makes fail raises Abandoned: they say why."""
    try:
        yield
    except RuntimeError as error:
        raise Abandoned(f"another process of this training has ended: {error}") from error


def join(device: torch.device) -> Group:
    """The group that the environment speaks of. Raises Abandoned."""
    rank, count = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if count > 1:
        with _unless_abandoned():
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Group(device, rank, count)
