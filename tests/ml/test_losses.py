import numpy as np
import pytest
import torch

from ml.losses import (
    CONSISTENCY,
    class_weights,
    hard_pixels,
    pseudo,
    share_of_sure,
    supervised,
    trust,
)
from ml.recipe import HardPixels
from ml.types import NOT_ASKED, VOID


def logits(n: int = 2, seed: int = 0) -> torch.Tensor:
    made = torch.randn(n, 3, 4, 5, generator=torch.Generator().manual_seed(seed))
    return made.requires_grad_()


def test_without_labels_the_loss_is_zero_and_moves_nothing():
    given = logits()
    loss = supervised(given, torch.full((2, 4, 5), NOT_ASKED))
    loss.backward()
    assert loss.item() == 0
    assert given.grad.abs().max() == 0


def test_ignored_pixels_never_change_the_loss_of_the_others():
    given, labels = logits(), torch.full((2, 4, 5), VOID)
    labels[0, 1, 2], labels[1, 0, 0] = 2, 1
    picked = torch.stack([given[0, :, 1, 2], given[1, :, 0, 0]])
    expected = torch.nn.functional.cross_entropy(picked, torch.tensor([2, 1]))
    labels[0, 3, 3] = NOT_ASKED
    assert torch.allclose(supervised(given, labels), expected)


def test_the_image_weighting_of_two_images_is_a_twentieth():
    """Confidences .99 and .50, cross-entropies .1 and 2: the batch-wide weighting gives .525."""
    confidence = torch.tensor([0.99, 0.50]).reshape(2, 1, 1).expand(2, 4, 5)
    valid = torch.ones(2, 4, 5, dtype=torch.bool)
    eta = trust(confidence, valid, 0.968) / confidence
    losses = torch.tensor([0.1, 2.0]).reshape(2, 1, 1)
    assert (eta * losses).mean().item() == pytest.approx(0.05)


def test_void_counts_neither_above_nor_below_the_bar():
    confidence, valid = torch.ones(1, 4, 5), torch.ones(1, 4, 5, dtype=torch.bool)
    valid[0, :2] = False
    weights = trust(confidence, valid, 0.97)
    assert weights.max() == 1
    assert weights[0, :2].max() == 0


def test_an_image_without_a_valid_pixel_gives_zero():
    nothing = torch.zeros(2, 4, 5, dtype=torch.bool)
    weights = trust(torch.ones(2, 4, 5), nothing, 0.97)
    assert pseudo(logits(), torch.full((2, 4, 5), VOID), weights, nothing).item() == 0


def test_confidence_below_the_threshold_gives_no_gradient():
    given, valid = logits(), torch.ones(2, 4, 5, dtype=torch.bool)
    weights = trust(torch.full((2, 4, 5), 0.9), valid, 0.97)
    pseudo(given, torch.zeros(2, 4, 5, dtype=torch.long), weights, valid).backward()
    assert given.grad.abs().max() == 0


def test_the_pseudo_loss_is_a_mean_over_valid_pixels():
    given, valid = logits(), torch.ones(2, 4, 5, dtype=torch.bool)
    labels = torch.zeros(2, 4, 5, dtype=torch.long)
    plain = torch.nn.functional.cross_entropy(given, labels)
    assert torch.allclose(pseudo(given, labels, torch.ones(2, 4, 5), valid), plain)


def test_balanced_weights_favour_rare_classes_and_average_one():
    frequency = np.array([0.64, 0.36, 0.0])
    weights = class_weights(frequency, 0.5)
    assert weights.tolist() == pytest.approx([1 / 0.8 / 1.4, 1 / 0.6 / 1.4, 0])
    assert float(weights.double() @ torch.from_numpy(frequency)) == pytest.approx(1)


def test_without_balance_all_classes_weigh_alike():
    assert class_weights(np.array([0.9, 0.1]), 0.0) is None


def test_what_a_pseudo_label_counts_by_image_batch_or_pixel():
    confidence = torch.tensor([[[0.99, 0.5, 0.5, 0.99]], [[0.5, 0.5, 0.5, 0.5]]])
    valid = torch.ones_like(confidence, dtype=torch.bool)
    valid[0, 0, 3] = False
    counted = {
        kind: share_of_sure(confidence, valid, 0.9, kind) for kind in ("image", "batch", "pixel")
    }
    assert counted["image"][0].tolist() == [pytest.approx([1 / 3] * 3 + [0])]
    assert not counted["image"][1].any()
    assert counted["batch"][1].tolist() == [pytest.approx([1 / 7] * 4)]
    assert counted["pixel"].tolist() == [[[1, 0, 0, 0]], [[0, 0, 0, 0]]]


@pytest.mark.parametrize("kind", CONSISTENCY)
def test_consistency_is_zero_at_agreement_and_counts_valid_pixels_alone(kind):
    given, other = logits(), logits(seed=1)
    valid = torch.zeros(2, 4, 5, dtype=torch.bool)
    assert CONSISTENCY[kind](given, other.softmax(1).detach(), valid).item() == 0
    valid[0, 1, 2] = True
    wanted = other.softmax(1).detach()
    p, q = given[0, :, 1, 2].softmax(0), wanted[0, :, 1, 2]
    byhand = {"squared_difference": ((p - q) ** 2).sum(), "divergence": (q * (q / p).log()).sum()}
    m = (p + q) / 2
    byhand["jensen_shannon"] = ((p * (p / m).log()).sum() + (q * (q / m).log()).sum()) / 2
    assert torch.allclose(CONSISTENCY[kind](given, wanted, valid), byhand[kind])
    assert CONSISTENCY[kind](given, given.softmax(1).detach(), valid).item() == pytest.approx(
        0, abs=1e-6
    )


@pytest.mark.parametrize("kind", CONSISTENCY)
def test_certainty_of_the_teacher_is_finite(kind):
    wanted = torch.zeros(2, 3, 4, 5)
    wanted[:, 1] = 1
    given = (logits() * 200).detach().requires_grad_()
    loss = CONSISTENCY[kind](given, wanted, torch.ones(2, 4, 5, dtype=torch.bool))
    loss.backward()
    assert loss.isfinite()
    assert given.grad.isfinite().all()


def test_hard_pixels_are_the_unsure_ones_and_the_least_share_in_any_case():
    p = torch.tensor([0.95, 0.9, 0.8, 0.4, 0.2])
    given = torch.stack([p, 1 - p]).log().reshape(1, 2, 1, 5)
    labels = torch.zeros(1, 1, 5, dtype=torch.long)
    known = torch.tensor([[[True, True, True, True, False]]])

    def kept(threshold: float, least: float) -> list[bool]:
        settings = HardPixels(threshold=threshold, least=least)
        return hard_pixels(given, labels, known, settings)[0, 0].tolist()

    assert kept(0.7, 0) == [False, False, False, True, False]
    assert kept(0.7, 0.5) == [False, False, True, True, False]
    assert kept(0.1, 0) == [False] * 5
    assert kept(1.0, 0) == known[0, 0].tolist()


def test_the_loss_of_hard_pixels_is_the_mean_over_them():
    given = logits()
    labels = torch.zeros(2, 4, 5, dtype=torch.long)
    labels[0, 0] = VOID
    each = torch.nn.functional.cross_entropy(given, labels.where(labels == 0, 0), reduction="none")
    known = labels == 0
    hard = known & ((-each).exp() < 0.4)
    settings = HardPixels(threshold=0.4, least=0)
    assert torch.allclose(supervised(given, labels, None, settings), each[hard].mean())


def test_nothing_hard_or_nothing_labelled_is_zero():
    given = logits()
    for labels in (torch.full((2, 4, 5), VOID), torch.zeros(2, 4, 5, dtype=torch.long)):
        assert supervised(given, labels, None, HardPixels(threshold=0, least=0)).item() == 0


def test_the_mean_over_positive_losses_leaves_fitted_pixels_out():
    given = torch.zeros(1, 2, 1, 2)
    given[0, 0, 0, 0] = 200.0
    labels, ones = torch.zeros(1, 1, 2, dtype=torch.long), torch.ones(1, 1, 2)
    means = [
        pseudo(given, labels, ones, ones > 0, mean=mean).item() for mean in ("valid", "positive")
    ]
    assert means == pytest.approx([np.log(2) / 2, np.log(2)])
