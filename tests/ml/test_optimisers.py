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


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_a_restored_optimiser_steps_as_the_first_would_have(name):
    schedule = Schedule(optimizer=name)
    layers = [nn.Linear(3, 2), nn.Linear(3, 2)]
    layers[1].load_state_dict(layers[0].state_dict())
    first, second = (optimisers.build(layer.parameters(), schedule) for layer in layers)
    step(layers[0], first)
    layers[1].load_state_dict(layers[0].state_dict())
    memory = {name: value.clone() for name, value in optimisers.tensors(first).items()}
    optimisers.restore(second, memory)
    step(layers[0], first)
    step(layers[1], second)
    assert torch.equal(layers[0].weight, layers[1].weight)


def step(layer: nn.Linear, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad()
    layer(torch.ones(4, 3)).square().sum().backward()
    optimiser.step()
