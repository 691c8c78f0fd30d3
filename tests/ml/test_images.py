import numpy as np
import pytest
from PIL import Image

from ml.errors import Failure
from ml.images import read_labels, read_rgb
from ml.types import NOT_ASKED, VOID
from tests.ml.scenes import COLOURS, blocks, image, patch, save, with_mask


def test_an_image_is_read_as_it_is(tmp_path):
    mask = blocks(32, 48)
    assert np.array_equal(read_rgb(image(tmp_path, "a", mask)), COLOURS[mask])


def test_nobody_was_asked_where_nothing_was_given(tmp_path):
    assert (read_labels(image(tmp_path, "a", blocks(32, 48))) == NOT_ASKED).all()


def test_patches_lie_over_the_mask_in_their_order(tmp_path):
    mask = np.zeros((32, 48), dtype=np.uint8)
    over = [patch(tmp_path, str(v), np.full_like(mask, v), (v, 0, 16, 16)) for v in (1, 2)]
    item = with_mask(tmp_path, "a", mask).model_copy(update={"patches": over})
    assert read_labels(item, 3)[0, :20].tolist() == [0, 1] + [2] * 16 + [0, 0]


def test_not_asked_in_a_patch_takes_nothing_away(tmp_path):
    mask = np.ones((32, 48), dtype=np.uint8)
    hole = patch(tmp_path, "hole", np.full_like(mask, NOT_ASKED), (0, 0, 16, 16))
    item = with_mask(tmp_path, "a", mask).model_copy(update={"patches": [hole]})
    assert (read_labels(item, 3) == 1).all()


def test_void_and_palette_masks_are_read_exactly(tmp_path):
    mask = blocks(32, 48)
    mask[0, 0] = VOID
    item = with_mask(tmp_path, "a", mask)
    coloured = Image.fromarray(mask)
    coloured.putpalette([7] * 768)
    coloured.save(item.mask_path)
    assert np.array_equal(read_labels(item, 3), mask)


def test_an_unknown_class_is_refused_by_name(tmp_path):
    item = with_mask(tmp_path, "a", np.full((32, 48), 3, dtype=np.uint8))
    with pytest.raises(Failure, match=r"a.mask.png holds id 3; expected 0..2") as refusal:
        read_labels(item, 3)
    assert refusal.value.error_class == "bad_spec"


def test_a_patch_outside_its_image_is_refused(tmp_path):
    mask = blocks(32, 48)
    item = image(tmp_path, "a", mask, [patch(tmp_path, "p", blocks(64, 64), (40, 0, 16, 16))])
    with pytest.raises(Failure, match="ends at row 16, column 56, outside"):
        read_labels(item)


@pytest.mark.parametrize("content", [b"", b"no image", None])
def test_a_broken_image_is_a_typed_failure(tmp_path, content):
    item = image(tmp_path, "a", blocks(32, 48))
    path = tmp_path / "a.png"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(Failure, match="cannot read") as refusal:
        read_rgb(item)
    assert refusal.value.error_class == "unreadable_image"


def test_another_size_than_the_spec_says_is_refused(tmp_path):
    item = image(tmp_path, "a", blocks(32, 48)).model_copy(update={"width": 50})
    with pytest.raises(Failure, match="is 48x32; the spec says 50x32"):
        read_rgb(item)


def test_a_colour_mask_is_refused(tmp_path):
    item = with_mask(tmp_path, "a", blocks(32, 48))
    save(tmp_path / "a.mask.png", COLOURS[blocks(32, 48)])
    with pytest.raises(Failure, match="has mode RGB; expected class ids in one channel"):
        read_labels(item)
