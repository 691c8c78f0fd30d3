import math

import pytest
import torch

from ml.acquisition import (
    best_versus_second_best,
    disagreement,
    entropy,
    least_confidence,
    margin,
    rarity,
)

SCORES = [entropy, margin, least_confidence, best_versus_second_best]


def probs(classes: int, seed: int = 0) -> torch.Tensor:
    logits = torch.randn(classes, 20, 30, generator=torch.Generator().manual_seed(seed)) * 3
    return logits.softmax(dim=0)


def test_with_two_classes_all_scores_rank_pixels_alike():
    two = probs(2)
    orders = [score(two.double()).flatten().argsort() for score in SCORES]
    assert all(torch.equal(orders[0], each) for each in orders[1:])


def test_entropy_is_at_most_the_logarithm_of_the_classes():
    assert entropy(probs(7)).max() <= math.log(7)
    assert entropy(torch.full((7, 1, 1), 1 / 7)).item() == pytest.approx(math.log(7))


@pytest.mark.parametrize("score", SCORES)
def test_a_sure_pixel_scores_exactly_zero(score):
    sure = torch.zeros(4, 2, 2)
    sure[1] = 1
    assert score(sure).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("score", SCORES)
def test_class_order_does_not_matter(score):
    given = probs(5)
    assert torch.allclose(score(given), score(given.flip(0)), atol=1e-6)


def test_scores_of_a_known_pixel():
    pixel = torch.tensor([0.5, 0.3, 0.2]).reshape(3, 1, 1)
    assert margin(pixel).item() == pytest.approx(0.8)
    assert least_confidence(pixel).item() == pytest.approx(0.5)
    assert entropy(pixel).item() == pytest.approx(1.0296530, abs=1e-6)
    assert best_versus_second_best(pixel).item() == pytest.approx(0.6)


def test_a_common_class_weighs_less_than_a_rare_one():
    sure = torch.eye(3).reshape(3, 3, 1)
    weights = rarity(sure, torch.tensor([0.5, 0.5, 0.0]))
    assert weights.flatten().tolist() == pytest.approx([1 / 16, 1 / 16, 1])


def test_networks_that_agree_score_zero_and_sure_opposites_ln_2():
    one, other = probs(4), probs(4, seed=1)
    assert disagreement(one, one).max() <= 1e-6
    assert torch.allclose(disagreement(one, other), disagreement(other, one), atol=1e-6)
    sure = torch.eye(2).reshape(2, 2, 1)
    assert disagreement(sure, sure.flip(0)).flatten().tolist() == pytest.approx([math.log(2)] * 2)
