"""Facts that hold for every method of the registry, so that a new one is tested at once."""

import dataclasses

import numpy as np
import pytest
import torch

from ml import optimisers
from ml.augment import Frame, Window
from ml.data import Batch, Views
from ml.methods import METHODS, Method, Situation
from ml.nets.segmenter import start
from ml.presets import recipe
from ml.types import NOT_ASKED
from tests.ml.scenes import TINY

pytestmark = pytest.mark.slow

EVERY = pytest.mark.parametrize("name", METHODS)


def method(name: str, classes: int = 3, **changes) -> Method:
    """Of three classes; any more have no labels."""
    asked = recipe(f"{name}-cpu", {**TINY, **changes})
    student = start(asked.network, classes, seed=0).train()
    frequency = np.array([1 / 3] * 3 + [0] * (classes - 3))
    made = METHODS[name](student, Situation(asked, frequency, 0, [(64, 64)] * 4, background=[0]))
    if name == "temporal_ensembling":
        said = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(5))
        unused = torch.zeros(2, classes - 3, 64, 64)
        given = views(torch.zeros(2, 64, 64, dtype=torch.long))
        if made.wants_unlabelled(0):
            said = torch.cat([said.softmax(dim=1), unused], dim=1)
            made.ensemble.add(given.indices, given.frames, said)
    return made


@EVERY
def test_the_recipe_knows_whether_there_are_two_networks(name: str):
    made = method(name)
    assert made.recipe.has_teacher == (made.predictor_name == "teacher")


def views(labels: torch.Tensor, seed: int = 0) -> Views:
    pixels = torch.rand(len(labels), 3, 64, 64, generator=torch.Generator().manual_seed(seed))
    inside = torch.ones_like(labels, dtype=torch.bool)
    frames = tuple(Frame(Window(0, 0, 64, 64), (64, 64)) for _ in labels)
    return Views(list(range(len(labels))), pixels * 2 - 1, labels, inside, (), frames)


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


MOVED = {
    ("cct", "consistency"): {"student", "auxiliary"},
    "discriminator": {"discriminator"},
    "image": {"painter"},
    "label_cycle": {"student", "painter"},
    "image_cycle": {"student", "painter"},
    "adversarial_images": {"painter"},
    "image_discriminator": {"image_discriminator"},
    "label_discriminator": {"label_discriminator"},
}
"""What a term teaches; the student alone where nothing is said here."""


@EVERY
def test_each_term_moves_what_it_is_meant_for_alone(name):
    learner = method(name)
    for term in learner.step(batch(), 3).losses:
        for network in networks(learner):
            network.zero_grad()
        learner.step(batch(), 3).losses[term].backward()
        moved = {part for part, network in learner.modules().items() if gradient(network) > 0}
        assert moved == MOVED.get((name, term), MOVED.get(term, {"student"})), term


@EVERY
def test_a_step_draws_the_same_again(name):
    first, second = (method(name).step(batch(), 2).losses for _ in range(2))
    assert {k: v.item() for k, v in first.items()} == {k: v.item() for k, v in second.items()}


UNSUPERVISED = [name for name in METHODS if name != "supervised"]
SILENT = {name: {"weight": 0} for name in UNSUPERVISED}
SILENT["cct"]["supervised"] = "plain"
SILENT["advsemiseg"] = dict.fromkeys(("labelled", "unlabelled", "self_training"), 0)
SILENT["cyclegan"] = dict.fromkeys(
    ("image", "label_cycle", "image_cycle", "adversarial_labels", "adversarial_images"), 0
)


@pytest.mark.parametrize("name", UNSUPERVISED)
def test_with_weight_0_training_equals_the_supervised_one_bit_for_bit(name):
    silent, plain = method(name, **{name: SILENT[name]}), method("supervised")
    assert not any(silent.wants_unlabelled(t) for t in range(4))
    for learner in (silent, plain):
        optimiser = optimisers.build(learner.student.parameters(), recipe("s4al-cpu").schedule)
        for _ in range(3):
            learn(learner, Batch(batch().labelled), optimiser)
    pairs = zip(silent.student.parameters(), plain.student.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


@EVERY
def test_an_unused_class_changes_nothing(name):
    three, four = method(name), method(name, classes=4)
    for mine, theirs in zip(networks(four), networks(three), strict=True):
        known = theirs.state_dict()
        mine.load_state_dict(
            {name: grown(each, known[name], name) for name, each in mine.state_dict().items()}
        )
    losses = [learner.step(batch(), 3).losses for learner in (three, four)]
    for term, loss in losses[0].items():
        assert losses[1][term].item() == pytest.approx(loss.item(), rel=1e-5), term


LAST = ("decoder.classifier.bias", ".7.bias")


def grown(asked: torch.Tensor, known: torch.Tensor, name: str) -> torch.Tensor:
    """As much of it as is known, and of the new class that it is never there."""
    whole = torch.full_like(asked, -1e4 if name.endswith(LAST) else 0)
    whole[tuple(slice(side) for side in known.shape)] = known
    return whole


@pytest.mark.parametrize("name", ["supervised", "mean_teacher"])
def test_renaming_the_classes_changes_no_loss(name):
    """Not of mixing methods, whose draws of classes go by their order."""
    mine, theirs = method(name), method(name)
    order = torch.tensor([2, 0, 1])
    for network in networks(theirs):
        head = network.decoder.classifier
        with torch.no_grad():
            head.weight.copy_(head.weight[order])
            head.bias.copy_(head.bias[order])
    given = batch()
    renamed = Batch(
        dataclasses.replace(given.labelled, labels=order.argsort()[given.labelled.labels]),
        given.unlabelled,
    )
    losses = mine.step(given, 3).losses, theirs.step(renamed, 3).losses
    for term, loss in losses[0].items():
        assert losses[1][term].item() == pytest.approx(loss.item(), rel=1e-5), term


@pytest.mark.parametrize("name", ["classmix", "s4al"])
def test_pseudo_labels_below_the_threshold_teach_nothing(name):
    learner = method(name, **{name: {"threshold": 1.0}})
    learner.step(batch(), 3).losses["pseudo"].backward()
    assert gradient(learner.student) == 0


def networks(learner: Method) -> list[torch.nn.Module]:
    return list(learner.modules().values())


@pytest.mark.parametrize("name", UNSUPERVISED)
def test_padding_of_the_pool_teaches_nothing(name):
    learner, given = method(name), batch()
    for each in (given.unlabelled, given.replay):
        each.inside[:] = False
    terms = learner.step(given, 3).losses
    of_labels = learner.step(Batch(given.labelled), 3).losses
    judging = learner.opponents()
    found = {n: x.item() for n, x in terms.items() if n not in of_labels and n not in judging}
    assert found == dict.fromkeys(found, 0)
    assert found


@EVERY
def test_one_batch_is_learned(name):
    learner = method(name, augmentation={"crop": (64, 64), "colour": {"chance": 0}})
    given = Batch(views(torch.zeros(2, 64, 64, dtype=torch.long)))
    given.labelled.labels[:, :, 32:] = 2
    given.labelled.images[..., 32:] += 1
    schedule = recipe("s4al-cpu", {"schedule": {"steps": 60, "lr": 0.01, "warmup": 0}}).schedule
    optimiser = optimisers.build(learner.student.parameters(), schedule)
    assert learn(learner, given, optimiser) == pytest.approx(np.log(3), rel=0.1)
    assert any(learn(learner, given, optimiser) < 0.2 for _ in range(39))


def learn(learner: Method, given: Batch, optimiser: torch.optim.Optimizer) -> float:
    optimiser.param_groups[0]["lr"] = 0.01
    loss = learner.step(given, 0).losses["supervised"]
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()
