"""Facts that hold for every method of the registry, so that a new one is tested at once."""

import numpy as np
import pytest
import torch

from ml import optimisers
from ml.data import Batch, Views
from ml.methods import METHODS, Method, Situation
from ml.nets.segmenter import start
from ml.recipe import recipe
from ml.types import NOT_ASKED
from tests.ml.scenes import TINY

EVERY = pytest.mark.parametrize("name", METHODS)


def method(name: str, **changes) -> Method:
    asked = recipe(f"{name}-cpu", {**TINY, **changes})
    student = start(asked.network, 3, seed=0).train()
    return METHODS[name](student, Situation(asked, np.full(3, 1 / 3), seed=0))


def views(labels: torch.Tensor, seed: int = 0) -> Views:
    pixels = torch.rand(len(labels), 3, 64, 64, generator=torch.Generator().manual_seed(seed))
    inside = torch.ones_like(labels, dtype=torch.bool)
    return Views(list(range(len(labels))), pixels * 2 - 1, labels, inside)


def batch(labelled: bool = True, replay: bool = True) -> Batch:
    asked = torch.randint(0, 3, (2, 64, 64), generator=torch.Generator().manual_seed(1))
    nothing = torch.full_like(asked, NOT_ASKED)
    more = views(nothing, 2) if replay else None
    return Batch(views(asked if labelled else nothing), views(nothing, 1), more)


def gradient(module: torch.nn.Module) -> float:
    return sum(p.grad.abs().sum().item() for p in module.parameters() if p.grad is not None)


@EVERY
def test_without_any_label_the_supervised_term_is_zero_and_finite(name):
    step = method(name).step(batch(labelled=False), 3)
    assert step.losses["supervised"].item() == 0
    assert all(torch.isfinite(loss) for loss in step.losses.values())


@EVERY
def test_each_term_moves_the_student_alone(name):
    learner = method(name)
    for term in learner.step(batch(), 3).losses:
        learner.student.zero_grad()
        learner.step(batch(), 3).losses[term].backward()
        assert gradient(learner.student) > 0, term
        for other in set(learner.modules()) - {"student"}:
            assert gradient(learner.modules()[other]) == 0


@EVERY
def test_a_step_draws_the_same_again(name):
    first, second = (method(name).step(batch(), 2).losses for _ in range(2))
    assert {k: v.item() for k, v in first.items()} == {k: v.item() for k, v in second.items()}


@pytest.mark.slow
@EVERY
def test_one_batch_is_learned(name):
    learner = method(name, augmentation={"crop": (64, 64), "jitter": 0})
    given = Batch(views(torch.zeros(2, 64, 64, dtype=torch.long)))
    given.labelled.labels[:, :, 32:] = 2
    given.labelled.images[..., 32:] += 1
    schedule = recipe("s4al-cpu", {"schedule": {"steps": 60, "lr": 0.01, "warmup": 0}}).schedule
    optimiser = optimisers.build(learner.student.parameters(), schedule)
    losses = [learn(learner, given, optimiser) for _ in range(40)]
    assert losses[0] == pytest.approx(np.log(3), rel=0.1)
    assert losses[-1] < 0.2


def learn(learner: Method, given: Batch, optimiser: torch.optim.Optimizer) -> float:
    optimiser.param_groups[0]["lr"] = 0.01
    loss = learner.step(given, 0).losses["supervised"]
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()
