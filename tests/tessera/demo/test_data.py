import json

import pytest
from PIL import Image

from tessera import scenes
from tessera.demo.campaign import recipe_overrides
from tessera.demo.data import CELL_PX, REAL_STEPS, given, synthetic
from tessera.demo.options import Options
from tests.camvid import camvid


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    Image.new("RGB", (120, 80)).save(tmp_path / "images" / "a.png")
    classes = [{"id": n, "name": str(n), "color": "#000000"} for n in range(2)]
    (tmp_path / "classes.json").write_text(json.dumps({"classes": classes}))
    return tmp_path


def test_road_scenes_are_trained_at_a_quarter_of_their_size_on_30_px_cells():
    data = given(camvid())
    assert (data.cell_px, data.scale, len(data.classes)) == (30, 0.25, 11)


def test_small_images_are_not_enlarged(folder):
    assert given(folder).scale == 1.0
    assert "scale" not in recipe_overrides(given(folder), Options())


def test_real_images_are_learned_for_longer_unless_steps_are_asked(folder):
    asked = [recipe_overrides(given(folder), Options(steps=steps)) for steps in (None, 7)]
    assert [each["schedule"]["steps"] for each in asked] == [REAL_STEPS, 7]


def test_generated_images_are_known_as_such(folder):
    assert not given(folder).synthetic
    (folder / "SYNTHETIC.txt").touch()
    assert given(folder).synthetic


def test_steps_replace_those_of_the_schedule(folder):
    overrides = recipe_overrides(given(folder), Options(steps=9))
    assert overrides == {"schedule": {"steps": 9}}


def test_scenes_are_drawn_once(tmp_path, monkeypatch):
    monkeypatch.setattr("tessera.demo.data.SPLITS", {"pool": 1, "val": 1, "test": 1})
    counts = []
    first = synthetic(tmp_path, 0, lambda done, _: counts.append(done))
    again = synthetic(tmp_path, 0, lambda done, _: counts.append(done))
    assert counts == [1, 2, 3]
    assert first == again
    assert (first.cell_px, len(first.classes)) == (CELL_PX, len(scenes.CLASSES))
