"""Label Studio and CVAT: their own encoders' output, read and written, and what is refused.

The bytes and run lengths below are what label-studio-sdk 2.1.2 (`mask2rle`) and cvat-sdk 2.80.0
(`encode_mask`) make of SHAPE.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import layouts
from core.errors import TesseraError
from core.layouts import brush, shapes
from core.masks import NOT_ASKED, VOID, Mask, Size
from tests.core import folders

pytestmark = pytest.mark.usefixtures("service")

SIZE = Size(5, 3)
SHAPE = np.zeros((3, 5), bool)
SHAPE[1, 1:4] = SHAPE[2, 4] = True
BRUSH = [0, 0, 0, 60, 57, 27, 254, 23, 0, 183, 255, 132, 192, 35, 255, 0]
RUNS = "0, 3, 4, 1"
RUNS_BOX = {"left": 1, "top": 1, "width": 4, "height": 2}


def test_a_brush_is_what_label_studio_makes_of_it():
    assert np.array_equal(brush.decode(BRUSH, SIZE), SHAPE)
    assert np.array_equal(brush.decode(brush.encode(SHAPE), SIZE), SHAPE)


def test_a_run_longer_than_the_longest_is_cut():
    whole = np.ones((300, 300), bool)
    assert np.array_equal(brush.decode(brush.encode(whole), Size(300, 300)), whole)


def test_single_values_are_read_too():
    bits = f"{4:032b}{7:05b}" + "0010001101111111" + "0" + "00" + "011" + "00000001" * 4
    bits += "0" * (-len(bits) % 8)
    data = [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]
    assert brush.decode(data, Size(1, 1)).tolist() == [[True]]


@pytest.mark.parametrize(
    "given",
    [None, [], [1], [256], ["1"], BRUSH[:8], [255] * 4 + BRUSH[4:], [0, 0, 0, 60] + [255] * 40],
)
def test_a_brush_of_another_form_is_refused(given: Any):
    with pytest.raises(TesseraError):
        brush.decode(given, SIZE)


def task(**changes: Any) -> dict[str, Any]:
    value = {"format": "rle", "rle": BRUSH, "brushlabels": ["Car"]}
    result = {"type": "brushlabels", "original_width": 5, "original_height": 3, "value": value}
    void = {"rle": brush.encode(~SHAPE & (np.arange(5) == 0)), "brushlabels": ["void"]}
    results = [result, result | {"value": void}, {"type": "choices", "value": {}}]
    cancelled = {"was_cancelled": True, "result": [{"type": "brushlabels"}]}
    said = {
        "data": {"image": "/data/upload/1/1a2b3c4d-a.png"},
        "annotations": [cancelled, {"result": results}],
    }
    return said | changes


def expected() -> Mask:
    mask = np.full((3, 5), NOT_ASKED, np.uint8)
    mask[SHAPE], mask[:, 0] = 2, VOID
    return mask


def studio(root: Path, *tasks: Any) -> Path:
    folders.picture(root / "images/a.png", size=SIZE)
    folders.write(root / "project-1-at-2026.json", json.dumps(tasks).encode())
    return root


@pytest.mark.parametrize(
    "address",
    [
        "/data/upload/1/1a2b3c4d-a.png",
        "/data/local-files/?d=images/a.png",
        "images/a.png",
        "https://example.com/some/a.png?x=1",
    ],
)
def test_tasks_of_label_studio_become_masks(tmp_path: Path, address: str):
    studio(tmp_path, task(data={"image": address, "split": "val"}))
    assert layouts.detect(tmp_path) == "label-studio"
    opened = folders.opened(tmp_path, "label-studio")
    [found] = opened.scan()
    assert (found.split, found.name, opened.image(found).shape) == ("val", "a", (3, 5, 3))
    assert np.array_equal(opened.mask(found, SIZE), expected())


def test_a_task_that_nobody_has_finished_is_an_image_alone(tmp_path: Path):
    studio(tmp_path, task(annotations=[]), task(data={"image": "images/b.png"}, annotations=None))
    found = list(folders.opened(tmp_path, "label-studio").scan())
    assert [(each.name, each.mask) for each in found] == [("a", None), ("b", None)]


BOX = {"result": [{"type": "rectanglelabels"}]}
OTHER = {"type": "brushlabels", "value": {"rle": BRUSH, "brushlabels": ["boat"]}}
SMALL = OTHER | {"original_width": 4, "original_height": 3}
REFUSED = {
    "a box": [task(annotations=[BOX])],
    "another class": [
        task(annotations=[{"result": [OTHER | {"original_width": 5, "original_height": 3}]}])
    ],
    "another size": [task(annotations=[{"result": [SMALL]}])],
    "a path upwards": [task(data={"image": "../../etc/passwd"})],
    "no tasks": [3],
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_label_studio_says_and_cannot_be_taken_is_refused(tmp_path: Path, kind: str):
    opened = folders.opened(studio(tmp_path, *REFUSED[kind]), "label-studio")
    with pytest.raises(TesseraError):
        [opened.mask(each, SIZE) for each in opened.scan()]


def xml(root: Path, inside: str, name: str = "a.png") -> layouts.Layout:
    folders.picture(root / "images/a.png", size=SIZE)
    image = f'<image id="0" name="{name}" subset="Validation" width="5" height="3">{inside}</image>'
    text = f"<annotations><version>1.1</version><meta/>{image}</annotations>"
    folders.write(root / "annotations.xml", text.encode())
    return folders.opened(root, "cvat")


def drawn(label: str = "Car", rle: str = RUNS, **box: object) -> str:
    sides = " ".join(f'{name}="{value}"' for name, value in (RUNS_BOX | box).items())
    return f'<mask label="{label}" rle="{rle}" {sides} z_order="2"/>'


def test_masks_and_polygons_of_cvat_become_masks(tmp_path: Path):
    void = '<polygon label="void" points="0.0,0.0;1.0,0.0;1.0,3.0;0.0,3.0" z_order="1"/>'
    opened = xml(tmp_path, drawn() + void)
    assert layouts.detect(tmp_path) == "cvat"
    [found] = opened.scan()
    assert (found.split, found.name) == ("val", "a")
    assert np.array_equal(opened.mask(found, SIZE), expected())


def test_a_file_for_each_subset_is_read_too(tmp_path: Path):
    xml(tmp_path, drawn())
    (tmp_path / "annotations.xml").rename(tmp_path / "test.xml")
    text = (tmp_path / "test.xml").read_text().replace(' subset="Validation"', "")
    (tmp_path / "test.xml").write_text(text)
    assert layouts.detect(tmp_path) == "cvat"
    assert [each.split for each in folders.opened(tmp_path, "cvat").scan()] == ["test"]


def test_runs_of_cvat_are_written_as_it_does():
    cut = np.ascontiguousarray(SHAPE[1:3, 1:5].T)
    assert ", ".join(map(str, shapes.runs_of(cut))) == RUNS


@pytest.mark.parametrize(
    "inside",
    [
        drawn(label="boat"),
        drawn(rle="0, 3, 4"),
        drawn(rle="1e3"),
        drawn(rle="0, -3, 11"),
        drawn(left=2),
        drawn(left=-1),
        drawn(width=10**9, height=10**9, rle="1000000000000000000"),
        '<box label="car" xtl="0" ytl="0" xbr="1" ybr="1"/>',
        '<polygon label="car" points="0,0;1,1"/>',
        '<polygon label="car" points="nan,0;1,1;2,2"/>',
        "<mask",
    ],
)
def test_what_cvat_says_and_cannot_be_taken_is_refused(tmp_path: Path, inside: str):
    opened = xml(tmp_path, inside)
    with pytest.raises(TesseraError):
        [opened.mask(each, SIZE) for each in opened.scan()]


def test_entities_are_refused(tmp_path: Path):
    folders.write(
        tmp_path / "annotations.xml",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotations>&x;</annotations>',
    )
    with pytest.raises(TesseraError, match="CVAT"):
        list(folders.opened(tmp_path, "cvat").scan())


def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path):
    with pytest.raises(TesseraError):
        list(xml(tmp_path, "", name="../../etc/passwd").scan())
