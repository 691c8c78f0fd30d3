import json

import pytest
from PIL import Image

from tessera.dataset import first_size, read_classes

SKY = {"id": 0, "name": "sky", "color": "#808080", "rgb": [128, 128, 128]}


def write(path, classes):
    path.write_text(json.dumps({"ignore_index": 255, "classes": classes}))
    return path


def test_classes_are_read_from_the_folder_or_the_file(tmp_path):
    file = write(tmp_path / "classes.json", [SKY])
    expected = [{"value": 0, "name": "sky", "color": "#808080"}]
    assert read_classes(tmp_path) == read_classes(file) == expected


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"classes\.json"):
        read_classes(tmp_path)


def test_another_form_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"expected.*'id' is missing"):
        read_classes(write(tmp_path / "classes.json", [{"label": "sky"}]))


@pytest.mark.parametrize("pool", ["pool/images", "train/images", "images"])
def test_the_first_pool_image_gives_the_size(tmp_path, pool):
    (tmp_path / pool).mkdir(parents=True)
    Image.new("RGB", (30, 20)).save(tmp_path / pool / "a.png")
    assert first_size(tmp_path) == (30, 20)


def test_no_pool_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no pool images"):
        first_size(tmp_path)
