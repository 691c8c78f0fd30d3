import numpy as np
import pytest

from ml.augment import PADDING, Window, draw_window, mirrored, view
from ml.recipe import Augmentation
from ml.types import NOT_ASKED


def picture(height: int = 40, width: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return (
        rng.integers(0, 256, (height, width, 3), dtype=np.uint8),
        rng.integers(0, 3, (height, width), dtype=np.uint8),
    )


def test_the_whole_image_at_its_own_size_is_unchanged():
    image, labels = picture()
    seen = view(image, labels, Window(0, 0, 40, 60), (40, 60))
    assert np.array_equal(seen.labels, labels)
    assert np.array_equal(seen.pixels, image)
    assert seen.inside.all()


def test_outside_the_image_there_is_padding_and_nobody_was_asked():
    image, labels = picture()
    seen = view(image, labels, Window(-10, 0, 50, 60), (50, 60))
    assert not seen.inside[:10].any()
    assert (seen.labels[:10] == NOT_ASKED).all()
    assert (seen.pixels[:10] == PADDING).all()
    assert seen.inside[10:].all()


def test_pixels_and_labels_are_cut_alike():
    labels = picture()[1]
    image = np.repeat(labels[..., None] * 100, 3, axis=2)
    seen = mirrored(view(image, labels, Window(5, 7, 20, 30), (20, 30)))
    assert np.array_equal(seen.pixels[..., 0], seen.labels * 100)


@pytest.mark.parametrize("anchor", [(0, 0), (39, 59), (20, 3)])
def test_a_window_holds_its_anchor(anchor):
    rng = np.random.default_rng(0)
    for _ in range(50):
        w = draw_window((40, 60), (16, 24), Augmentation(), rng, anchor=anchor)
        assert w.top <= anchor[0] < w.top + w.height
        assert w.left <= anchor[1] < w.left + w.width
        assert w.top >= 0
        assert w.top + w.height <= 40


def test_a_small_image_lies_inside_its_window():
    w = draw_window((10, 10), (64, 64), Augmentation(), np.random.default_rng(0))
    assert w.top <= 0
    assert w.top + w.height >= 10
