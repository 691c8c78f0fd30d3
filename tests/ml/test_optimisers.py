import pytest
import torch
from torch import nn

from ml import optimisers
from ml.recipe import Schedule


def test_the_rate_follows_the_poly_rule():
    schedule = Schedule(steps=100, lr=0.01)
    assert optimisers.rate(schedule, 0) == 0.01
    assert optimisers.rate(schedule, 50) == pytest.approx(0.01 * 0.5**0.9)


def test_the_rate_warms_up_and_never_falls_below_its_floor():
    schedule = Schedule(steps=1000, lr=0.01, warmup=0.1, floor=1e-3)
    assert optimisers.rate(schedule, 0) == pytest.approx(1e-4)
    assert optimisers.rate(schedule, 99) == pytest.approx(0.01 * (1 - 0.099) ** 0.9)
    assert optimisers.rate(schedule, 999) == 1e-3


def test_the_rate_goes_down_stairs_of_equal_length():
    schedule = Schedule(steps=10, lr=0.01, stairs=2)
    rates = [optimisers.rate(schedule, t) for t in range(10)]
    assert rates == pytest.approx([0.01] * 5 + [0.01 * 0.5**0.9] * 5)


def convolution() -> nn.Conv2d:
    """Laid out as the networks are."""
    return nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_a_restored_optimiser_steps_as_the_first_would_have(name):
    schedule = Schedule(optimizer=name)
    layers = [convolution(), convolution()]
    first, second = (optimisers.build(layer.parameters(), schedule) for layer in layers)
    step(layers[0], first)
    layers[1].load_state_dict(layers[0].state_dict())
    # a file holds tensors row by row, whatever they were in memory
    memory = {
        name: value.clone(memory_format=torch.contiguous_format)
        for name, value in optimisers.tensors(first).items()
    }
    optimisers.restore(second, memory)
    step(layers[0], first)
    step(layers[1], second)
    assert torch.equal(layers[0].weight, layers[1].weight)


def step(layer: nn.Conv2d, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad()
    pixels = torch.arange(2 * 3 * 5 * 5.0).reshape(2, 3, 5, 5)
    layer(pixels).square().sum().backward()
    optimiser.step()
