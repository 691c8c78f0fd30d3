"""Synthetic scenes: what a set must hold to be worth learning from."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tessera.scenes import CLASSES, draw_scene, generate
from tessera.scenes.classes import PERSON, POLE, ROAD, SIGN, VOID

pytestmark = pytest.mark.slow

SIZE = (120, 80)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    generate(folder, pool=24, val=2, test=2, width=SIZE[0], height=SIZE[1], seed=3)
    return folder


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.array(picture)


@pytest.fixture(scope="module")
def shares(scenes: Path) -> np.ndarray:
    masks = [pixels(path).ravel() for path in (scenes / "pool" / "masks").iterdir()]
    return np.bincount(np.concatenate(masks), minlength=256) / sum(mask.size for mask in masks)


def test_every_image_has_a_mask_of_its_size(scenes: Path):
    for split, count in (("pool", 24), ("val", 2), ("test", 2)):
        images = sorted((scenes / split / "images").iterdir())
        assert len(images) == count
        for image in images:
            assert pixels(image).shape == (SIZE[1], SIZE[0], 3)
            assert pixels(scenes / split / "masks" / image.name).shape == (SIZE[1], SIZE[0])


def test_masks_hold_class_ids_and_void_alone(scenes: Path):
    known = {value for value, _, _ in CLASSES} | {VOID}
    for path in (scenes / "pool" / "masks").iterdir():
        assert set(np.unique(pixels(path))) <= known


def test_the_class_list_is_written_beside_the_pictures(scenes: Path):
    document = json.loads((scenes / "classes.json").read_text())
    assert document["ignore_index"] == VOID
    assert [entry["name"] for entry in document["classes"]] == [name for _, name, _ in CLASSES]


def test_the_set_says_that_it_is_synthetic(scenes: Path):
    assert "generated" in (scenes / "SYNTHETIC.txt").read_text()


def test_every_class_occurs(shares: np.ndarray):
    assert all(shares[value] > 0 for value, _, _ in CLASSES)


def test_people_signs_and_poles_are_rare(shares: np.ndarray):
    assert all(shares[value] < 0.015 for value in (PERSON, SIGN, POLE))
    assert shares[ROAD] > 0.15


def test_only_thin_seams_and_clutter_are_void(shares: np.ndarray):
    assert 0.002 < shares[VOID] < 0.08


def test_the_same_seed_draws_the_same_scene():
    first, again = (draw_scene((7, 0, 1), *SIZE) for _ in range(2))
    assert first[0].tobytes() == again[0].tobytes()
    assert first[1].tobytes() == again[1].tobytes()


def test_another_seed_draws_another_scene():
    assert draw_scene((7, 0, 1), *SIZE)[0].tobytes() != draw_scene((7, 0, 2), *SIZE)[0].tobytes()


def test_splits_share_no_scene(scenes: Path):
    pictures = [path.read_bytes() for path in scenes.glob("*/images/*.png")]
    assert len(set(pictures)) == len(pictures)


def test_progress_counts_to_the_end(tmp_path: Path):
    seen: list[tuple[int, int]] = []
    generate(
        tmp_path, pool=1, val=1, test=0, width=64, height=48, seed=0,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen == [(1, 2), (2, 2)]
