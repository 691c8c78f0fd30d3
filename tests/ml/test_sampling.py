import numpy as np
import pytest

from ml.presets import recipe
from ml.sampling import frequency, labelled_draws, rarity
from ml.types import NOT_ASKED, VOID

COUNTS = np.array([[90, 0, 0], [50, 40, 0], [0, 0, 20]])


def draws(temperature: float | None, seed: int = 0):
    asked = recipe("s4al-cpu", {"rare_temperature": temperature, "schedule": {"labelled_batch": 6}})
    return labelled_draws(COUNTS, asked, seed)


def test_evenly_every_image_comes_once_in_an_epoch():
    drawn = draws(None).at(0)
    assert sorted(each.index for each in drawn) == [0, 0, 1, 1, 2, 2]


def test_evenly_a_crop_is_around_any_labelled_pixel():
    labels = np.array([[0, 1], [NOT_ASKED, VOID]], dtype=np.uint8)
    assert draws(None).at(0)[0].around(labels).tolist() == [[True, True], [False, False]]


def test_rarity_is_the_softmax_of_one_minus_the_frequency():
    weights = rarity(np.array([0.7, 0.3, 0.0]), 0.5)
    assert weights == pytest.approx([1 / (1 + np.exp(0.8)), 1 / (1 + np.exp(-0.8)), 0])


def test_classes_are_drawn_by_their_rarity():
    weights = rarity(frequency(COUNTS), 0.3)
    picks = [each for step in range(500) for each in draws(0.3).at(step)]
    labels = np.arange(3, dtype=np.uint8)[None]
    chosen = np.stack([each.around(labels)[0] for each in picks])
    assert chosen.sum(axis=1).tolist() == [1] * len(picks)
    assert chosen.mean(axis=0) == pytest.approx(weights, abs=0.03)


def test_the_image_drawn_has_the_class_that_was_drawn():
    for each in (each for step in range(50) for each in draws(0.3).at(step)):
        value = int(each.around(np.arange(3, dtype=np.uint8)[None]).argmax())
        assert COUNTS[each.index, value] > 0


def test_draws_are_a_function_of_seed_and_step():
    first, again, other = (
        [each.index for step in range(5) for each in draws(0.3, seed).at(step)]
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_without_labels_frequencies_are_zero():
    assert frequency(np.zeros((2, 3), dtype=int)).tolist() == [0, 0, 0]
