"""One file of an import after the other: accepted exactly, or refused by name."""

import os
from pathlib import Path

import numpy as np
import pytest

from core import pixels
from core.checking import Candidate, Checker, Outcome
from core.layouts import Found
from core.places import Folder
from core.settings import settings
from core.store import Store
from tests import factories
from tests.core import folders

pytestmark = pytest.mark.usefixtures("service")


def check(root: Path, store: Store | None = None, *, pool_masks: bool = True) -> dict[str, object]:
    """What becomes of each file of a plain folder, by its path."""
    layout = folders.opened(root)
    checker = Checker(layout, Folder(layout.source.root), pool_masks=pool_masks, store=store)
    found = [checker.check(each) for each in layout.scan()]
    return {each.file: each for each in found}


def problem(root: Path, file: str) -> tuple[str | None, str]:
    outcome = check(root)[file]
    assert isinstance(outcome, Outcome)
    return outcome.problem, outcome.detail


def test_a_good_image_becomes_a_candidate(tmp_path: Path, store: Store):
    folders.plain(tmp_path)
    found = check(tmp_path, store)["pool/images/a.png"]
    assert isinstance(found, Candidate)
    assert (found.split, found.name, found.width, found.height) == ("pool", "a", 40, 30)
    assert store.exists(found.key)
    assert store.exists(found.mask_key or "")


def test_what_is_stored_is_the_upright_picture(tmp_path: Path, store: Store):
    upright = factories.picture()
    folders.turned(tmp_path / "images/a.png", upright)
    folders.mask(tmp_path / "masks/a.png")
    found = check(tmp_path, store)["images/a.png"]
    assert isinstance(found, Candidate)
    assert np.array_equal(pixels.read_image(store.read(found.key), 10**6), upright)


def test_a_mask_on_its_side_does_not_fit_the_upright_picture(tmp_path: Path):
    folders.turned(tmp_path / "images/a.png", factories.picture())
    folders.mask(tmp_path / "masks/a.png", size=(30, 40))
    code, detail = problem(tmp_path, "images/a.png")
    assert code == "mask_size_mismatch"
    assert "masks/a.png" in detail


def test_a_dry_run_stores_nothing(tmp_path: Path):
    folders.plain(tmp_path)
    assert all(each.key == "" for each in check(tmp_path).values() if isinstance(each, Candidate))


def test_the_pools_masks_may_be_left_out(tmp_path: Path, store: Store):
    folders.plain(tmp_path)
    found = check(tmp_path, store, pool_masks=False)
    keys = {name: each.mask_key for name, each in found.items() if isinstance(each, Candidate)}
    assert keys["pool/images/a.png"] is None
    assert keys["val/images/c.png"] is not None


def test_only_masks_of_the_pool_cost_clicks(tmp_path: Path):
    folders.plain(tmp_path)
    clicks = {each.file: each.mask_clicks for each in check(tmp_path).values()}
    assert (clicks["pool/images/a.png"], clicks["val/images/c.png"]) == (1, 0)


def test_the_values_that_masks_hold_are_gathered(tmp_path: Path):
    folders.plain(tmp_path)
    folders.mask(tmp_path / "pool/masks/b.png", 255)
    layout = folders.opened(tmp_path)
    checker = Checker(layout, Folder(layout.source.root), pool_masks=True, store=None)
    for each in layout.scan():
        checker.check(each)
    assert checker.values == {1, 255}


BAD = {
    "image_undecodable": lambda root: folders.write(root / "images/a.png", b"no image"),
    "mask_without_image": lambda root: (root / "images/a.png").unlink(),
    "unknown_class": lambda root: folders.mask(root / "masks/a.png", 3),
    "mask_size_mismatch": lambda root: folders.mask(root / "masks/a.png", size=(41, 30)),
    "mask_not_indexed": lambda root: folders.picture(root / "masks/a.png"),
    "duplicate_image": lambda root: folders.picture(root / "images/a.jpg"),
}


@pytest.mark.parametrize("code", BAD)
def test_each_kind_of_problem_has_its_name(tmp_path: Path, code: str):
    folders.picture(tmp_path / "images/a.png")
    folders.mask(tmp_path / "masks/a.png")
    BAD[code](tmp_path)
    found = check(tmp_path).values()
    assert [each.problem for each in found if isinstance(each, Outcome)] == [code]


def test_the_same_pixels_twice_are_refused_by_the_second(tmp_path: Path):
    folders.picture(tmp_path / "images/a.png", seed=3)
    folders.picture(tmp_path / "images/b.png", seed=3)
    assert problem(tmp_path, "images/b.png")[0] == "duplicate_image"
    assert "images/a.png" in problem(tmp_path, "images/b.png")[1]


def test_the_same_pixels_in_two_splits_are_refused(tmp_path: Path):
    folders.picture(tmp_path / "pool/images/a.png", seed=3)
    folders.picture(tmp_path / "test/images/z.png", seed=3)
    assert problem(tmp_path, "test/images/z.png")[0] == "duplicate_image"


@pytest.mark.parametrize("kind", ["images", "masks"])
def test_a_link_to_outside_is_refused(tmp_path: Path, kind: str):
    outside = folders.mask(tmp_path / "secret.png")
    root = tmp_path / "root"
    folders.picture(root / "images/a.png")
    link = root / kind / "a.png"
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(outside)
    code, detail = problem(root, "images/a.png")
    assert (code, "link" in detail) == ("path_not_allowed", True)


def test_a_linked_folder_is_refused(tmp_path: Path):
    folders.picture(tmp_path / "outside/a.png")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/images").symlink_to(tmp_path / "outside")
    assert problem(tmp_path / "root", "images/a.png")[0] == "path_not_allowed"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["folder", "dangling", "loop", "pipe"])
def test_what_is_no_file_is_a_problem_and_not_the_end(tmp_path: Path, kind: str):
    odd = tmp_path / "images" / "a.png"
    odd.parent.mkdir()
    {
        "folder": odd.mkdir,
        "dangling": lambda: odd.symlink_to(tmp_path / "images/gone.png"),
        "loop": lambda: odd.symlink_to(odd),
        "pipe": lambda: os.mkfifo(odd),
    }[kind]()
    folders.picture(tmp_path / "images/b.png")
    assert problem(tmp_path, "images/a.png")[0] == "image_undecodable"
    assert isinstance(check(tmp_path)["images/b.png"], Candidate)


def test_a_file_that_vanished_is_a_problem(tmp_path: Path):
    layout = folders.opened(tmp_path)
    checker = Checker(layout, Folder(layout.source.root), pool_masks=True, store=None)
    gone = Found("pool", "a", tmp_path.resolve() / "images/a.png", None)
    outcome = checker.check(gone)
    assert isinstance(outcome, Outcome)
    assert outcome.problem == "image_undecodable"


def test_a_file_above_the_ceiling_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    small = settings().model_copy(update={"file_ceiling_bytes": 1000})
    monkeypatch.setattr("core.places.settings", lambda: small)
    folders.picture(tmp_path / "images/a.png")
    code, detail = problem(tmp_path, "images/a.png")
    assert (code, "1000" in detail) == ("too_large", True)


@pytest.mark.parametrize("name", ["sömmer 1", "a.b.c", "名前", "=cmd()", "<script>", "${x}", "CON"])
def test_odd_names_are_kept_as_they_are(tmp_path: Path, name: str):
    folders.picture(tmp_path / "images" / f"{name}.png")
    [found] = check(tmp_path).values()
    assert isinstance(found, Candidate)
    assert found.name == name


def test_a_name_that_is_no_text_is_a_problem(tmp_path: Path):
    folders.picture(tmp_path / "images" / os.fsdecode(b"\xff.png"))
    [found] = check(tmp_path).values()
    assert isinstance(found, Outcome)
    found.file.encode()
