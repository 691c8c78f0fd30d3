"""A pixel of a canvas is a class, void or not asked, and stays what it is whatever is done to it:
what nobody was asked about must never turn into a class, the first one least of all."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ml import losses
from ml.augment import Window, draw_window, mirrored, view
from ml.images import read_labels
from ml.mixing import half_of_classes, paste, rare_classes
from ml.recipe import Augmentation
from ml.resize import scaled_labels
from ml.types import NOT_ASKED, VOID
from tests.ml.methods.test_methods import method, views
from tests.ml.scenes import image

VALUES = np.array([0, 1, 2, VOID, NOT_ASKED], dtype=np.uint8)
RENAMED = np.arange(256, dtype=np.uint8)
RENAMED[VALUES] = [40, 41, 42, 43, 44]

seeds = st.integers(0, 2**32 - 1)
sides = st.integers(1, 40)
places = st.integers(-30, 30)
canvases = st.builds(
    lambda seed, h, w: np.random.default_rng(seed).choice(VALUES, (h, w)), seeds, sides, sides
)
windows = st.builds(Window, places, places, sides, sides)


def picture(canvas: np.ndarray) -> np.ndarray:
    return np.zeros((*canvas.shape, 3), dtype=np.uint8)


@settings(max_examples=50, deadline=None)
@given(canvases, windows, st.tuples(sides, sides), st.booleans())
def test_cutting_resizing_and_flipping_know_no_value_from_another(canvas, window, crop, flip):
    """Renaming the values before or after comes to the same, but that padding is not asked."""
    seen, other = (view(picture(canvas), each, window, crop) for each in (canvas, RENAMED[canvas]))
    if flip:
        seen, other = mirrored(seen), mirrored(other)
    assert np.array_equal(RENAMED[seen.labels][seen.inside], other.labels[other.inside])
    assert (seen.labels[~seen.inside] == NOT_ASKED).all()


@settings(max_examples=50, deadline=None)
@given(canvases, windows, st.tuples(sides, sides))
def test_every_pixel_of_a_view_is_one_of_the_canvas(canvas, window, crop):
    """Coordinates, cut as labels are, say where each pixel came from."""
    rows, columns = np.indices(canvas.shape).astype(np.uint8)
    seen = view(picture(canvas), canvas, window, crop)
    y, x = (
        view(picture(canvas), each, window, crop).labels[seen.inside] for each in (rows, columns)
    )
    assert np.array_equal(seen.labels[seen.inside], canvas[y, x])


@settings(deadline=None)
@given(canvases, st.floats(0.1, 3))
def test_shrinking_a_canvas_blends_nothing(canvas, scale):
    assert np.array_equal(
        RENAMED[scaled_labels(canvas, scale)], scaled_labels(RENAMED[canvas], scale)
    )


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_a_canvas_that_nobody_was_asked_about_stays_so_in_every_crop(seed):
    canvas = np.full((32, 48), NOT_ASKED, dtype=np.uint8)
    window = draw_window(canvas.shape, (64, 64), Augmentation(), np.random.default_rng(seed))
    assert (view(picture(canvas), canvas, window, (64, 64)).labels == NOT_ASKED).all()


def test_a_file_keeps_its_three_values(tmp_path):
    canvas = np.random.default_rng(0).choice(VALUES, (20, 30))
    Image.fromarray(canvas).save(tmp_path / "mask.png")
    item = image(tmp_path, "a", np.zeros((20, 30), dtype=np.uint8))
    given = item.model_copy(update={"mask_path": str(tmp_path / "mask.png")})
    assert np.array_equal(read_labels(given, 3), canvas)


def test_without_a_mask_or_a_patch_nobody_was_asked(tmp_path):
    item = image(tmp_path, "a", np.zeros((20, 30), dtype=np.uint8))
    assert (read_labels(item, 3, 0.5) == NOT_ASKED).all()


def canvas_of(*rows: int) -> torch.Tensor:
    """Two images of 64x64 pixels whose first rows have these values; the rest is not asked."""
    labels = torch.full((2, 64, 64), NOT_ASKED)
    for row, value in enumerate(rows):
        labels[:, row] = value
    return labels


def test_the_supervised_loss_knows_nothing_of_void_and_not_asked():
    logits = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    logits.requires_grad_(True)
    losses.supervised(logits, canvas_of(1, VOID, 0)).backward()
    moved = (logits.grad != 0).any(dim=1)
    assert moved[:, [0, 2]].all()
    assert not moved[:, 1].any()
    assert not moved[:, 3:].any()


def test_mixing_pastes_neither_void_nor_padding():
    """`valid` is false on both; where the teacher guessed, it is not."""
    [believed] = method("s4al").believed(views(canvas_of(2, VOID)))
    for mask in (
        half_of_classes(believed, np.random.default_rng(0)),
        rare_classes(believed, np.array([0.5, 0.3, 0.2]), 0.3, np.random.default_rng(0)),
    ):
        assert not mask[:, 1].any()
        mixed = paste(mask, believed, believed.roll())
        assert set(mixed.labels[mixed.valid].unique().tolist()) <= {0, 1, 2}


@pytest.mark.parametrize("name", ["s4al", "classmix"])
def test_what_nobody_was_asked_about_is_the_teachers_guess_and_no_class_of_its_own(name):
    learner = method(name)
    [believed] = learner.believed(views(canvas_of(2, VOID)))
    guesses = learner.teacher(views(canvas_of(2, VOID)).images).argmax(dim=1)
    assert torch.equal(believed.labels[:, 2:], guesses[:, 2:])
    assert (believed.confidence[:, 2:] < 1).all()
