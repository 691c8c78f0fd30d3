import numpy as np
import torch

from ml.mixing import Mixable, half_of_classes, head_and_tail, paste, rare_classes
from ml.types import VOID


def scene(n: int = 3, classes: int = 5, seed: int = 0) -> Mixable:
    rng = np.random.default_rng(seed)
    return Mixable(
        torch.from_numpy(rng.random((n, 3, 6, 8))),
        torch.from_numpy(rng.integers(0, classes, (n, 6, 8))),
        torch.from_numpy(rng.random((n, 6, 8))),
        torch.ones(n, 6, 8, dtype=torch.bool),
    )


def by_numpy(source: Mixable, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    masks = []
    for labels in source.labels.numpy():
        present = np.unique(labels)
        chosen = rng.choice(present, len(present) // 2, replace=False)
        masks.append(np.isin(labels, chosen))
    return np.stack(masks)


def test_masks_equal_a_numpy_reference():
    for seed in range(500):
        given = scene(classes=1 + seed % 7, seed=seed)
        found = half_of_classes(given, np.random.default_rng(seed))
        assert np.array_equal(found.numpy(), by_numpy(given, seed))


def test_mixing_labels_equals_mixing_softmax_maps():
    a, b = scene(seed=1), scene(seed=2)
    mask = half_of_classes(a, np.random.default_rng(0))
    hot = [torch.nn.functional.one_hot(x.labels, 5) for x in (a, b)]
    mixed_maps = torch.where(mask[..., None], hot[0], hot[1])
    assert torch.equal(paste(mask, a, b).labels, mixed_maps.argmax(-1))


def test_pixels_labels_and_confidence_move_together():
    a, b = scene(seed=1), scene(seed=2)
    mask = half_of_classes(a, np.random.default_rng(0))
    mixed = paste(mask, a, b)
    assert torch.equal(mixed.confidence[mask], a.confidence[mask])
    assert torch.equal(mixed.images[:, 0][~mask], b.images[:, 0][~mask])


def test_void_is_no_class_to_paste():
    given = scene()
    given.labels[:, :3] = VOID
    valid = given.labels != VOID
    given = Mixable(given.images, given.labels, given.confidence, valid)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert not rare_classes(given, np.full(5, 0.2), 0.3, rng)[:, :3].any()
        assert not half_of_classes(given, rng)[:, :3].any()


def test_an_image_of_one_class_is_never_empty_handed_in_balanced_mixing():
    given = scene(classes=1)
    assert rare_classes(given, np.ones(1), 0.3, np.random.default_rng(0)).all()
    assert not half_of_classes(given, np.random.default_rng(0)).any()


def test_an_image_without_valid_pixels_pastes_nothing():
    given = scene()
    given = Mixable(given.images, given.labels, given.confidence, torch.zeros_like(given.valid))
    assert not rare_classes(given, np.full(5, 0.2), 0.3, np.random.default_rng(0)).any()


def test_rare_classes_are_pasted_more_often():
    given, frequency = scene(n=1, classes=2), np.array([0.9, 0.1])
    rare = [
        rare_classes(given, frequency, 0.3, np.random.default_rng(s))[given.labels == 1].all()
        for s in range(300)
    ]
    # softmax((0.1, 0.9) / 0.3) gives the rare class 0.935.
    assert 0.88 < np.mean(rare) < 0.98


def test_the_ring_partner_is_the_next_image():
    given = scene()
    assert torch.equal(given.roll().labels[0], given.labels[1])
    assert torch.equal(given.roll().labels[2], given.labels[0])


def test_a_flip_moves_all_maps_of_the_chosen_images_alone():
    given = scene()
    turned = given.flip(np.array([True, False, True]))
    assert torch.equal(turned.images[0], given.images[0].flip(-1))
    assert torch.equal(turned.labels[2], given.labels[2].flip(-1))
    assert torch.equal(turned.confidence[1], given.confidence[1])


def test_head_and_tail_are_drawn_by_frequency_whether_present_or_not():
    given, rng = scene(classes=7), np.random.default_rng(0)
    frequency = np.array([0.05, 0.2, 0.05, 0.25, 0.15, 0.2, 0.1])
    head = {1, 3, 4, 5}
    for mask, labels in zip(head_and_tail(given, frequency, 4, rng), given.labels, strict=True):
        chosen = set(labels[mask].unique().tolist())
        assert len(chosen & head) == 3
        assert len(chosen - head) == 2


def test_of_few_classes_head_and_tail_take_what_there_is():
    given = scene(classes=2)
    mask = head_and_tail(given, np.array([0.9, 0.1]), 5, np.random.default_rng(0))
    assert mask.all()
