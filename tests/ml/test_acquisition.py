import math

import pytest
import torch

from ml.acquisition import ACQUISITIONS, entropy, least_confidence, margin


def probs(classes: int, seed: int = 0) -> torch.Tensor:
    logits = torch.randn(classes, 20, 30, generator=torch.Generator().manual_seed(seed)) * 3
    return logits.softmax(dim=0)


def test_with_two_classes_all_scores_rank_pixels_alike():
    two = probs(2)
    orders = [score(two.double()).flatten().argsort() for score in ACQUISITIONS.values()]
    assert torch.equal(orders[0], orders[1])
    assert torch.equal(orders[0], orders[2])


def test_entropy_is_at_most_the_logarithm_of_the_classes():
    assert entropy(probs(7)).max() <= math.log(7)
    assert entropy(torch.full((7, 1, 1), 1 / 7)).item() == pytest.approx(math.log(7))


@pytest.mark.parametrize("score", ACQUISITIONS.values())
def test_a_sure_pixel_scores_exactly_zero(score):
    sure = torch.zeros(4, 2, 2)
    sure[1] = 1
    assert score(sure).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("score", ACQUISITIONS.values())
def test_class_order_does_not_matter(score):
    given = probs(5)
    assert torch.allclose(score(given), score(given.flip(0)), atol=1e-6)


def test_scores_of_a_known_pixel():
    pixel = torch.tensor([0.5, 0.3, 0.2]).reshape(3, 1, 1)
    assert margin(pixel).item() == pytest.approx(0.8)
    assert least_confidence(pixel).item() == pytest.approx(0.5)
    assert entropy(pixel).item() == pytest.approx(1.0296530, abs=1e-6)
