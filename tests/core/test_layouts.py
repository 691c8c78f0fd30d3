"""Which files of a folder are images and masks of which split."""

import json
from pathlib import Path

import pytest

from core import layouts
from core.errors import LayoutUnknown, PathNotAllowed
from tests.core import folders


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def found(root: Path, layout: str) -> list[tuple[str, str, bool, bool]]:
    scanned = folders.opened(root, layout).scan()
    return [(each.split, each.name, bool(each.image), bool(each.mask)) for each in scanned]


def test_train_is_the_pool_of_camvid(tmp_path: Path):
    root = touch(tmp_path, "train/images/a.png", "train/masks/a.png", "test/images/b.png")
    assert layouts.detect(root) == "camvid"
    assert found(root, "camvid") == [("pool", "a", True, True), ("test", "b", True, False)]


@pytest.mark.parametrize("folder", [".", "pool"])
def test_plain_folders_hold_the_pool(tmp_path: Path, folder: str):
    root = touch(tmp_path, f"{folder}/images/a.jpg", f"{folder}/masks/a.png", "val/images/b.png")
    assert layouts.detect(root) == "plain"
    assert found(root, "plain") == [("pool", "a", True, True), ("val", "b", True, False)]


def test_images_come_in_the_order_of_their_names(tmp_path: Path):
    root = touch(tmp_path, "images/b.png", "images/a.png", "images/c.png")
    assert [name for _, name, _, _ in found(root, "plain")] == ["a", "b", "c"]


def test_a_mask_left_over_is_found_too(tmp_path: Path):
    root = touch(tmp_path, "images/a.png", "masks/b.png")
    assert found(root, "plain") == [("pool", "a", True, False), ("pool", "b", False, True)]


def test_two_images_of_one_stem_are_both_found(tmp_path: Path):
    root = touch(tmp_path, "images/a.jpg", "images/a.png")
    assert [name for _, name, _, _ in found(root, "plain")] == ["a", "a.png"]


def test_other_files_are_left_alone(tmp_path: Path):
    root = touch(tmp_path, "images/a.PNG", "images/notes.txt", "images/.DS_Store")
    assert [name for _, name, _, _ in found(root, "plain")] == ["a"]


def test_a_folder_without_images_has_no_layout(tmp_path: Path):
    with pytest.raises(LayoutUnknown, match="found x"):
        layouts.detect(touch(tmp_path, "x/y.png"))


def test_a_layout_of_another_name_is_refused():
    with pytest.raises(LayoutUnknown, match="'cocoa'"):
        layouts.named("cocoa")


def test_a_folder_under_a_root_is_allowed(tmp_path: Path):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    assert layouts.allowed(str(inside), (tmp_path,)) == inside.resolve()


@pytest.mark.parametrize("path", ["{root}/..", "{root}/../beside", "/etc", "{root}/a/../../.."])
def test_a_path_outside_the_roots_is_refused(tmp_path: Path, path: str):
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (tmp_path / "beside").mkdir()
    with pytest.raises(PathNotAllowed, match="outside"):
        layouts.allowed(path.format(root=root), (root,))


def test_a_name_that_only_begins_like_a_root_is_outside(tmp_path: Path):
    (tmp_path / "data-secret").mkdir()
    with pytest.raises(PathNotAllowed):
        layouts.allowed(str(tmp_path / "data-secret"), (tmp_path / "data",))


def test_a_link_to_outside_is_outside(tmp_path: Path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(PathNotAllowed, match="outside"):
        layouts.allowed(str(root / "link"), (root,))


@pytest.mark.parametrize("name", ["missing", "file.png"])
def test_what_is_no_folder_is_refused(tmp_path: Path, name: str):
    touch(tmp_path, "file.png")
    with pytest.raises(PathNotAllowed, match="not a folder"):
        layouts.allowed(str(tmp_path / name), (tmp_path,))


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "loop/loop"])
def test_a_path_that_no_system_knows_is_refused(tmp_path: Path, path: str):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(PathNotAllowed):
        layouts.allowed(f"{tmp_path}/{path}", (tmp_path,))


def test_without_roots_nothing_is_allowed(tmp_path: Path):
    with pytest.raises(PathNotAllowed, match="none are set"):
        layouts.allowed(str(tmp_path), ())


def classes_file(root: Path, content: object) -> Path:
    (root / "classes.json").write_text(json.dumps(content))
    return root


def test_class_names_come_in_the_order_of_their_values(tmp_path: Path):
    entries = [{"id": 1, "name": "road"}, {"id": 0, "name": "sky"}]
    assert layouts.class_names(classes_file(tmp_path, {"classes": entries})) == ["sky", "road"]


def test_without_a_file_nothing_is_said_about_classes(tmp_path: Path):
    assert layouts.class_names(tmp_path) is None


@pytest.mark.parametrize("values", [(1, 2), (0, 2), (0, 0)])
def test_values_that_leave_a_gap_are_refused(tmp_path: Path, values: tuple[int, int]):
    entries = [{"id": value, "name": f"class {value}"} for value in values]
    with pytest.raises(ValueError, match="0, 1, 2"):
        layouts.class_names(classes_file(tmp_path, {"classes": entries}))


@pytest.mark.parametrize(
    "content",
    [[], {}, {"classes": 3}, {"classes": [{}]}, {"classes": [3]}, {"classes": [{"id": "x"}]}],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: object):
    with pytest.raises(ValueError, match=r"classes\.json"):
        layouts.class_names(classes_file(tmp_path, content))


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\xfa", b"[" * 100_000])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "classes.json").write_bytes(data)
    with pytest.raises(ValueError, match=r"classes\.json"):
        layouts.class_names(tmp_path)
