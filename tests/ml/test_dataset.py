import json
from pathlib import Path

import pytest

from ml.dataset import read_dataset
from ml.errors import Failure
from tests.ml.scenes import blocks, dataset


def test_a_data_set_has_names_by_value_and_three_splits(tmp_path: Path):
    found = read_dataset(dataset(tmp_path, pool=3, val=1))
    assert found.classes == ["red", "green", "blue"]
    assert {name: len(items) for name, items in found.splits.items()} == {
        "pool": 3,
        "val": 1,
        "test": 0,
    }
    assert all(Path(item.mask_path).is_file() for item in found.splits["pool"])
    assert (found.splits["pool"][0].height, found.splits["pool"][0].width) == blocks(40, 50).shape


def refusal(root: Path) -> str:
    with pytest.raises(Failure) as refused:
        read_dataset(root)
    assert refused.value.error_class in ("bad_spec", "unreadable_image")
    return str(refused.value)


def test_what_is_missing_or_broken_is_named(tmp_path: Path):
    root = dataset(tmp_path, pool=2)
    (root / "train/masks/1.png").unlink()
    assert "train/images/1.png has no mask" in refusal(root)
    dataset(tmp_path, pool=2)
    (root / "train/images/0.png").write_bytes(b"no picture")
    assert f"cannot read {root}/train/images/0.png" in refusal(root)
    dataset(tmp_path, pool=2)
    (root / "train/images/0.jpg").write_bytes(b"another")
    assert "0.jpg and" in refusal(root)
    (root / "train/images/0.jpg").unlink()
    (root / "classes.json").write_text(json.dumps({"classes": [{"id": 4, "name": "x"}]}))
    assert "ids from 0 on" in refusal(root)
    (root / "classes.json").write_text(json.dumps(["x"]))
    assert "classes.json: expected" in refusal(root)
    (root / "classes.json").unlink()
    assert f"cannot read {root}/classes.json: No such file" in refusal(root)
    assert "expected images in" in refusal(tmp_path / "nowhere")
