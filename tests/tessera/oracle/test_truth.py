import numpy as np
import pytest
from PIL import Image

from tessera.client.models import Box
from tessera.oracle.truth import Truth, masks_folder


@pytest.fixture
def folder(tmp_path):
    mask = np.arange(48, dtype=np.uint8).reshape(6, 8)
    (tmp_path / "train" / "masks").mkdir(parents=True)
    Image.fromarray(mask).save(tmp_path / "train" / "masks" / "a.b.png")
    return tmp_path


def test_the_box_is_cut_from_the_mask_of_the_same_name(folder):
    cut = Truth(folder).region("a.b.jpg", Box(left=2, top=1, width=3, height=2))
    assert cut.tolist() == [[10, 11, 12], [18, 19, 20]]


def test_a_name_may_come_without_a_suffix(folder):
    assert Truth(folder).region("a.b", Box(left=0, top=0, width=1, height=1)).tolist() == [[0]]


def test_the_pool_of_a_data_set_is_found(folder):
    assert masks_folder(folder) == folder / "train/masks"


def test_an_image_without_truth_is_named(folder):
    with pytest.raises(FileNotFoundError, match="zebra"):
        Truth(folder).region("zebra.jpg", Box(left=0, top=0, width=1, height=1))


def test_a_box_outside_is_refused(folder):
    with pytest.raises(ValueError, match="8x6"):
        Truth(folder).region("a.b", Box(left=6, top=0, width=3, height=1))


def test_colours_are_not_class_ids(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="mode RGB"):
        Truth(tmp_path).region("a", Box(left=0, top=0, width=1, height=1))


def test_a_folder_without_masks_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected \*.png"):
        Truth(tmp_path)


def test_checks_on_val_images_are_known_beside_the_pool(folder):
    beside = folder / "val" / "masks"
    beside.mkdir(parents=True)
    for name in ("a.b", "street"):
        Image.fromarray(np.full((6, 8), 9, np.uint8)).save(beside / f"{name}.png")
    for given in (folder, folder / "train" / "masks"):
        truth = Truth(given)
        corner = Box(left=0, top=0, width=1, height=1)
        assert (truth.region("street.jpg", corner), truth.region("a.b", corner)) == (9, 0)
        assert ("street.jpg" in truth, "zebra.jpg" in truth) == (True, False)
