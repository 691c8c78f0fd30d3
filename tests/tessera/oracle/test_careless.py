import numpy as np
import pytest

from tessera.oracle.careless import relabelled

CLASSES = (0, 1, 2)


@pytest.fixture
def halves():
    """Left half of class 0, right half of class 1, one void pixel."""
    mask = np.zeros((6, 8), np.uint8)
    mask[:, 4:] = 1
    mask[0, 0] = 255
    return mask


@pytest.mark.parametrize("seed", range(20))
def test_one_segment_gets_one_wrong_class(halves, seed):
    changed = relabelled(halves, CLASSES, np.random.default_rng(seed))
    where = changed != halves
    assert where.sum() in (23, 24)
    assert len({*changed[where]}) == 1
    assert len({*halves[where]}) == 1


@pytest.mark.parametrize("seed", range(20))
def test_void_is_never_touched(halves, seed):
    assert relabelled(halves, CLASSES, np.random.default_rng(seed))[0, 0] == 255


def test_the_truth_itself_stays_as_it_was(halves):
    before = halves.copy()
    relabelled(halves, CLASSES, np.random.default_rng(0))
    assert (halves == before).all()


def test_nothing_but_void_cannot_be_mistaken():
    void = np.full((3, 3), 255, np.uint8)
    assert relabelled(void, CLASSES, np.random.default_rng(0)) is void


def test_a_single_class_cannot_be_mistaken():
    mask = np.zeros((3, 3), np.uint8)
    assert relabelled(mask, (0,), np.random.default_rng(0)) is mask
