import numpy as np
import pytest

from ml.metrics import confusion, iou_per_class, miou, pixel_accuracy
from ml.types import NOT_ASKED, VOID


def masks(*rows: list[int]) -> list[np.ndarray]:
    return [np.array([row], dtype=np.uint8) for row in rows]


def test_fifteen_wrong_pixels_of_sixteen_do_not_score_one():
    truth, predicted = masks([1] * 16, [0] * 15 + [1])
    assert iou_per_class(confusion(truth, predicted, 2)) == [0.0, 1 / 16]
    assert miou(confusion(truth, predicted, 2)) == 1 / 32


def test_a_void_or_not_asked_pixel_costs_nothing():
    truth, predicted = masks([0, 1, VOID, NOT_ASKED], [0, 1, 0, 1])
    assert miou(confusion(truth, predicted, 2)) == 1.0
    assert confusion(truth, predicted, 2).sum() == 2


def test_rows_are_truth_and_columns_prediction():
    truth, predicted = masks([0], [1])
    assert confusion(truth, predicted, 2).tolist() == [[0, 1], [0, 0]]


def test_an_absent_class_is_left_out_of_the_mean():
    truth, predicted = masks([0, 0], [0, 0])
    assert iou_per_class(confusion(truth, predicted, 3)) == [1.0, None, None]
    assert miou(confusion(truth, predicted, 3)) == 1.0


def test_nothing_counted_has_no_quality():
    nothing = np.zeros((3, 3), dtype=np.int64)
    assert miou(nothing) is None
    assert pixel_accuracy(nothing) is None


def test_iou_equals_the_count_of_sets():
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 5, (2, 40, 30), dtype=np.uint8)
    found = iou_per_class(confusion(truth, predicted, 5))
    for c in range(5):
        hits = ((truth == c) & (predicted == c)).sum()
        assert found[c] == pytest.approx(hits / ((truth == c) | (predicted == c)).sum())


def test_a_value_just_above_the_classes_is_none_of_them():
    truth, predicted = masks([0, 2], [0, 0])
    assert confusion(truth, predicted, 2).tolist() == [[1, 0], [0, 0]]


def test_accuracy_is_the_share_of_right_pixels():
    truth, predicted = masks([0, 0, 0, 1], [0, 0, 1, 1])
    assert pixel_accuracy(confusion(truth, predicted, 2)) == 0.75
