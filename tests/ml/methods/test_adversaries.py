"""Discriminators: published sizes, what they see, who learns from what they say."""

import dataclasses

import numpy as np
import pytest
import torch

from ml.data import Batch
from ml.errors import Failure
from ml.history import History
from ml.label_maps import one_hot, with_unknown
from ml.nets.discriminators import LEAST_SIDE, convolutional, patch, pixel
from ml.nets.painter import painter
from ml.trainer import update
from ml.types import NOT_ASKED, VOID
from tests.ml.methods.test_methods import batch, gradient, method
from tests.ml.test_trainer import training

pytestmark = pytest.mark.slow


def size(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_the_networks_have_the_published_sizes():
    assert size(convolutional(21, 64, 0)) == pytest.approx(2.783e6, rel=1e-3)
    assert size(patch(3, 64, 0)) == pytest.approx(2.765e6, rel=1e-3)
    assert (size(pixel(3, 64, 0)), size(pixel(1, 64, 0))) == (8_705, 8_577)
    assert size(painter(21, 64, 9, 0)) == pytest.approx(11.43e6, rel=5e-3)


@pytest.mark.parametrize("kind", [convolutional, patch, pixel])
def test_verdicts_have_the_size_of_what_is_judged_down_to_the_least(kind):
    judge = kind(3, 4, 0)
    assert judge(torch.rand(2, 3, LEAST_SIDE, 45)).shape == (2, 1, LEAST_SIDE, 45)


def test_the_painter_takes_any_size():
    paint = painter(4, 4, 1, 0)
    assert paint(torch.rand(1, 4, 33, 46)).shape == (1, 3, 33, 46)


def test_equal_seeds_give_equal_networks_and_leave_torchs_generator_alone():
    before = torch.random.get_rng_state()
    first, second, other = (patch(3, 4, seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["layers.0.weight"], other["layers.0.weight"])


def test_what_nobody_labelled_is_no_class():
    labels = torch.tensor([[[0, 2, NOT_ASKED, VOID]]])
    maps = one_hot(labels, 3)
    assert maps[0, :, 0].T.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]
    unknown = with_unknown(maps, labels < NOT_ASKED)[0, 0, 0]
    assert unknown.tolist() == [0, 0, 1, 1]


def test_where_the_discriminator_is_not_fooled_nothing_is_believed():
    learner = method("advsemiseg", advsemiseg={"threshold": 1.0, "start": 0})
    step = learner.step(batch(), 3)
    assert step.losses["self_training"].item() == 0
    assert step.figures["believed_share"] == 0
    assert step.losses["adversarial"].item() > 0


def test_self_training_begins_at_its_start():
    learner = method("advsemiseg", advsemiseg={"start": 0.5})
    assert ["self_training" in learner.step(batch(), t).losses for t in range(4)] == [
        *(False, False, True, True)
    ]


def test_the_discriminator_sees_the_same_holes_in_made_maps_as_in_real_ones():
    """Whatever the student says of pixels that nobody labelled changes no verdict on labels."""
    given = batch()
    given.labelled.labels[:, 10:] = NOT_ASKED
    learner = method("advsemiseg")
    images = given.labelled.images
    [output] = learner.seen([images])
    rng = np.random.default_rng(0)
    found = learner.labelled(output, given, 3, rng).losses["discriminator"]
    other = output.logits.detach().clone()
    other[:, :, 10:] += 3 * torch.randn(other[:, :, 10:].shape)
    changed = dataclasses.replace(output, logits=other)
    again = learner.labelled(changed, given, 3, rng).losses["discriminator"]
    assert found.item() == again.item()


@pytest.mark.parametrize(
    "term", ["image", "label_cycle", "image_cycle", "adversarial_labels", "adversarial_images"]
)
def test_each_term_of_cyclegan_may_be_switched_off(term):
    learner = method("cyclegan", cyclegan={term: 0})
    found = learner.step(batch(), 3).losses
    assert term not in found
    assert len(found) == 8 - (2 if "adversarial" in term else 1)


def test_painted_images_leave_the_students_statistics_alone():
    told = []
    for weight in (0, 1):
        learner = method("cyclegan", cyclegan={"label_cycle": weight})
        learner.step(Batch(batch().labelled), 0)
        told.append(dict(learner.student.named_buffers()))
    assert all(torch.equal(told[0][name], told[1][name]) for name in told[0])


def test_a_history_shows_old_fakes_again():
    history, rng = History(2), np.random.default_rng(0)
    fakes = [torch.full((1, 1, 2, 2), float(value)) for value in range(20)]
    seen = [int(history.swapped(fake, rng)[0, 0, 0, 0]) for fake in fakes]
    assert seen[:2] == [0, 1]
    again = sum(value < number for number, value in enumerate(seen))
    assert 3 < again < 15
    kept = History(2)
    kept.load(history.tensors())
    assert torch.equal(kept.tensors()["kept"], history.tensors()["kept"])


def test_a_discriminator_that_breaks_is_a_typed_failure_and_changes_nothing(tmp_path):
    ready = training(tmp_path, "advsemiseg-cpu")
    judge = ready.method.discriminator
    with torch.no_grad():
        next(judge.parameters()).fill_(float("nan"))
    before = {n: p.clone() for n, p in ready.method.student.named_parameters()}
    with pytest.raises(Failure, match=r"discriminator.*lower discriminator.lr") as raised:
        update(ready, 0)
    assert raised.value.error_class == "non_finite_loss"
    now = dict(ready.method.student.named_parameters())
    assert all(torch.equal(before[name], now[name]) for name in before)


def test_a_discriminator_learns_at_a_rate_of_its_own(tmp_path):
    ready = training(tmp_path, "advsemiseg-cpu", discriminator={"lr": 0.005})
    before = [p.clone() for p in ready.method.discriminator.parameters()]
    update(ready, 0)
    rates = [g["lr"] for each in ready.optimisers() for g in each.param_groups]
    assert rates[-1] / rates[0] == pytest.approx(0.005 / ready.spec.recipe.schedule.lr)
    pairs = zip(before, ready.method.discriminator.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in pairs)
    assert gradient(ready.method.discriminator) > 0
