"""Optimisers and their learning rate, a pure function of the step."""

import inspect
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from ml.options import Discriminator
from ml.recipe import Schedule

SECOND_MOMENT = 0.999
UNTOLD = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")


def _uncompiled(kind: type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
    """The same, of which torch's compiler is not told that it is none of its business: for that
    torch loads the compiler, which takes half of the seconds that a stage needs to start."""
    methods = {name: inspect.unwrap(getattr(kind, name)) for name in UNTOLD}
    methods["step"] = torch.no_grad()(inspect.unwrap(kind.step))
    return type(kind.__name__, (kind,), methods)


Adam, AdamW, Sgd = map(_uncompiled, (torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD))


def build(
    parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]], schedule: Schedule
) -> torch.optim.Optimizer:
    """Of parameters, or of groups of them, each of which gets its `share` of the rate."""
    if schedule.optimizer == "adamw":
        betas = (schedule.momentum, SECOND_MOMENT)
        return AdamW(parameters, betas=betas, weight_decay=schedule.weight_decay, fused=True)
    return Sgd(
        parameters,
        momentum=schedule.momentum,
        nesterov=schedule.momentum > 0,
        weight_decay=schedule.weight_decay,
    )


def opposing(network: nn.Module, settings: Discriminator) -> torch.optim.Optimizer:
    """Adam without decay of weights."""
    betas = (settings.momentum, settings.second_moment)
    return Adam(network.parameters(), lr=settings.lr, betas=betas, fused=True)


def groups(student: nn.Module, encoder: nn.Module, schedule: Schedule) -> list[dict[str, Any]]:
    """The student's parameters, those of its encoder by themselves if their rate is another."""
    if schedule.encoder_rate == 1:
        return [{"params": list(student.parameters())}]
    inner = {id(p) for p in encoder.parameters()}
    rest = [p for p in student.parameters() if id(p) not in inner]
    encoding = {"params": list(encoder.parameters()), "share": schedule.encoder_rate}
    return [{"params": rest}, encoding]


def rate(schedule: Schedule, t: int) -> float:
    """Poly decay, floored, under a linear warm-up."""
    decayed = schedule.lr * (1 - _gone(schedule, t)) ** schedule.power
    warm = schedule.warmup * schedule.steps
    return max(schedule.floor, decayed) * min(1.0, (t + 1) / max(warm, 1.0))


def _gone(schedule: Schedule, t: int) -> float:
    """The share of the decay that is over, 0..1, as its stairs have it."""
    gone = t / schedule.steps
    if schedule.stairs is not None:
        gone = t * schedule.stairs // schedule.steps / schedule.stairs
    return max(0.0, gone - schedule.hold) / (1 - schedule.hold)


def tensors(optimiser: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """The optimiser's memory as flat names: parameter number / what."""
    state: dict[int, dict[str, Any]] = optimiser.state_dict()["state"]
    return {
        f"{number}/{what}": value
        for number, kept in state.items()
        for what, value in kept.items()
        if torch.is_tensor(value)
    }


def restore(optimiser: torch.optim.Optimizer, flat: dict[str, torch.Tensor]) -> None:
    """Each tensor is laid out in memory as its parameter is: the fused kernels go through both
    side by side and would pair the wrong elements, as the files hold all of them row by row."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in flat.items():
        number, what = name.split("/")
        state.setdefault(int(number), {})[what] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": state, "param_groups": groups})
    for parameter, kept in optimiser.state.items():
        for what, value in kept.items():
            if torch.is_tensor(value) and value.shape == parameter.shape:
                kept[what] = torch.empty_like(parameter).copy_(value)
