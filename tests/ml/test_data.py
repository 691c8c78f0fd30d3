import numpy as np
import pytest
import torch

from ml.data import Batches, a_pixel
from ml.errors import Failure
from ml.pool import Pool
from ml.presets import recipe
from ml.types import NOT_ASKED, VOID
from tests.ml.scenes import TINY, blocks, image, patch, pool

CPU = torch.device("cpu")


def tiny_pool(tmp_path, **changes) -> Pool:
    return Pool(pool(tmp_path), 3, recipe("s4al-cpu", {**TINY, **changes}))


def test_images_with_a_pixel_are_found(tmp_path):
    assert tiny_pool(tmp_path).labelled() == [0, 1]


def test_counts_are_those_of_labelled_pixels(tmp_path):
    given = tiny_pool(tmp_path)
    for index, found in zip((0, 1), given.counts([0, 1]), strict=True):
        labels = given.read(index)[1]
        assert found.sum() == (labels < NOT_ASKED).sum() == 256
        assert all((labels == value).sum() == count for value, count in enumerate(found))


def test_supervision_by_whole_images_leaves_partly_labelled_ones_out(tmp_path):
    mask = blocks(32, 48)
    whole = image(tmp_path, "whole", blocks(32, 48), [patch(tmp_path, "w", mask, (0, 0, 48, 32))])
    items = [*pool(tmp_path), whole]
    asked = recipe("s4al-cpu", {**TINY, "supervision": "whole"})
    assert Pool(items, 3, asked).labelled() == [len(items) - 1]
    assert Pool(items[:-1], 3, asked).labelled() == [0, 1]


def test_every_labelled_crop_holds_a_label(tmp_path):
    batches = Batches(tiny_pool(tmp_path), [0, 1], 0, CPU)
    for step in range(20):
        views = batches.at(step, unlabelled=False).labelled
        assert (views.labels < NOT_ASKED).any(dim=2).any(dim=1).all()


def test_a_batch_is_a_function_of_its_step(tmp_path):
    first, second = (Batches(tiny_pool(tmp_path), [0, 1], 0, CPU) for _ in range(2))
    first.at(0, unlabelled=True)
    a, b = (each.at(3, unlabelled=True, replay=[1, 2]) for each in (first, second))
    assert torch.equal(a.labelled.images, b.labelled.images)
    assert torch.equal(a.unlabelled.images, b.unlabelled.images)
    assert torch.equal(a.replay.images, b.replay.images)


def test_the_unlabelled_stream_is_the_whole_pool(tmp_path):
    batches = Batches(tiny_pool(tmp_path), [0, 1], 0, CPU)
    seen = [batches.at(step, unlabelled=True).unlabelled.indices for step in range(2)]
    assert sorted(seen[0] + seen[1]) == [0, 1, 2, 3]


def test_the_scale_applies_to_images_and_labels(tmp_path):
    pixels, labels = tiny_pool(tmp_path, scale=0.5).read(0)
    assert pixels.shape == (16, 24, 3)
    assert labels.shape == (16, 24)


def test_void_alone_is_no_label(tmp_path):
    void = np.full((32, 48), VOID, dtype=np.uint8)
    item = image(tmp_path, "a", blocks(32, 48), [patch(tmp_path, "a", void, (0, 0, 16, 16))])
    given = Pool([item], 3, recipe("s4al-cpu", TINY))
    with pytest.raises(Failure, match="none of the 1 pool images") as refusal:
        Batches(given, given.labelled(), 0, CPU)
    assert refusal.value.error_class == "no_labels"


def test_anchors_are_uniform_over_the_labelled_pixels():
    labels = np.full((4, 4), NOT_ASKED, dtype=np.uint8)
    labels[1, 2] = labels[3, 0] = 1
    found = {a_pixel(labels < NOT_ASKED, np.random.default_rng(s)) for s in range(30)}
    assert found == {(1, 2), (3, 0)}
