"""The memory of what was predicted: exact averages, in the frame of the image."""

import pytest
import torch

from ml.augment import Frame, Window
from ml.ensemble import Ensemble

SIZE = (32, 48)
WHOLE = Frame(Window(0, 0, 32, 48), SIZE)


@pytest.fixture
def memory() -> Ensemble:
    return Ensemble([(8, 8), SIZE], classes=3, stride=4, momentum=0.6)


def said(value: float = 1.0, size: tuple[int, int] = SIZE) -> torch.Tensor:
    """All of class 0, so far as `value` goes; the rest of class 1."""
    found = torch.zeros(1, 3, *size)
    found[:, 0], found[:, 1] = value, 1 - value
    return found


def test_the_average_is_corrected_from_the_first_visit_on(memory):
    for total in (0.4, 0.64, 0.784):
        memory.add([1], [WHOLE], said())
        kept = memory.tensors()["ensemble"][-3 * 8 * 12 :].float()
        assert kept.view(3, 8, 12).sum(dim=0).mean() == pytest.approx(total, abs=1e-3)
        wanted = memory.wanted([1], [WHOLE], said())
        assert torch.allclose(wanted[:, 0], torch.ones(1, *SIZE), atol=1e-3)


def test_later_visits_count_more(memory):
    memory.add([1], [WHOLE], said(1.0))
    memory.add([1], [WHOLE], said(0.0))
    mean = memory.wanted([1], [WHOLE], said())[0, 0].mean()
    assert mean == pytest.approx(0.24 / 0.64, abs=1e-3)


def test_images_do_not_know_of_each_other(memory):
    memory.add([0], [Frame(Window(0, 0, 8, 8), (8, 8))], said(size=(8, 8)))
    assert (memory.wanted([1], [WHOLE], said()) == 0).all()


def test_a_crop_fills_its_part_of_the_image_alone(memory):
    memory.add([1], [Frame(Window(0, 24, 32, 24), SIZE)], said(size=(64, 48)))
    seen = memory.wanted([1], [WHOLE], said()).sum(dim=1)[0]
    assert (seen[:, :20] == 0).all()
    assert torch.allclose(seen[:, 28:], torch.ones(32, 20), atol=1e-3)


def test_scaled_mirrored_and_shifted_views_meet_in_the_same_places(memory):
    """The left half of the image is class 0, whoever looks from wherever."""
    halves = torch.zeros(1, 3, *SIZE)
    halves[:, 0, :, :24], halves[:, 1, :, 24:] = 1, 1
    memory.add([1], [Frame(Window(0, 0, 32, 48), SIZE, mirrored=True)], halves.flip(-1))
    near = Frame(Window(8, 12, 16, 24), SIZE)
    wanted = memory.wanted([1], [near], said(size=(32, 48))).argmax(dim=1)[0]
    assert (wanted[:, :22] == 0).all()
    assert (wanted[:, 26:] == 1).all()
    turned = Frame(Window(8, 12, 16, 24), SIZE, mirrored=True)
    again = memory.wanted([1], [turned], said(size=(32, 48))).argmax(dim=1)[0]
    assert torch.equal(again, wanted.flip(-1))


def test_it_is_the_same_after_a_checkpoint(memory):
    memory.add([1], [WHOLE], said(0.3))
    other = Ensemble([(8, 8), SIZE], classes=3, stride=4, momentum=0.6)
    other.load(memory.tensors()["ensemble"].clone())
    both = (each.wanted([1], [WHOLE], said()) for each in (memory, other))
    assert torch.equal(*both)
