"""Networks whose start depends on a seed alone, by the rules of the layers they are made of."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

Built = TypeVar("Built", bound=nn.Module)


def seeded(seed: int, build: Callable[[], Built]) -> Built:
    """torch's global generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def unmoved(network: nn.Module, given: Tensor) -> Tensor:
    """The network's answer, whose gradient reaches what was given and not the network."""
    fixed = {name: p.detach() for name, p in network.named_parameters()}
    answer: Tensor = torch.func.functional_call(network, fixed, (given,))
    return answer
