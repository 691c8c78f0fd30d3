"""Batch norm's running statistics, where a batch is worked on in parts."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


def running(networks: Iterable[nn.Module]) -> list[Tensor]:
    """The statistics that are being gathered, as they lie in the networks."""
    layers = [each for network in networks for each in network.modules()]
    gathering = [each for each in layers if isinstance(each, _BatchNorm) and each.training]
    return [b for layer in gathering for b in layer.buffers() if b.is_floating_point()]


class Parts:
    """Every part starts from the same statistics, and the mean of where they end is kept: so that
    N parts in one process come to what one part in each of N processes does."""

    def __init__(self, live: list[Tensor]) -> None:
        """Of `running` statistics."""
        self._live = live
        self._start = [each.clone() for each in live]
        self._ends: list[list[Tensor]] = []

    @torch.no_grad()
    def end_part(self) -> None:
        self._ends.append([each.clone() for each in self._live])
        torch._foreach_copy_(self._live, self._start)

    @torch.no_grad()
    def settle(self) -> None:
        for live, ends in zip(self._live, zip(*self._ends, strict=True), strict=True):
            live.copy_(torch.stack(ends).mean(dim=0))


@contextmanager
def unrecorded(network: nn.Module) -> Iterator[None]:
    """Passes normalise by their batch and leave the running statistics as they are."""
    layers = [each for each in network.modules() if isinstance(each, _BatchNorm)]
    before = [layer.track_running_stats for layer in layers]
    for layer in layers:
        layer.track_running_stats = False
    try:
        yield
    finally:
        for layer, tracked in zip(layers, before, strict=True):
            layer.track_running_stats = tracked
