"""Datasets as other people's programs write them: which masks come out of them."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco

from core import layouts, masks
from core.errors import TesseraError, UnknownClass
from core.masks import NOT_ASKED, VOID, Mask, Size
from tests.core import folders

pytestmark = pytest.mark.usefixtures("service")

SKY, ROAD, CAR = 0, 1, 2
RGB = [(70, 130, 180), (128, 64, 128), (0, 0, 142)]
WIDTH, HEIGHT = 12, 8
SIZE = Size(WIDTH, HEIGHT)


def drawing() -> Mask:
    """Sky over road with a car, a void corner."""
    mask = np.full((HEIGHT, WIDTH), SKY, np.uint8)
    mask[4:] = ROAD
    mask[3:6, 2:7] = CAR
    mask[0, 0] = VOID
    return mask


def png(values: NDArray[np.uint8], palette: list[int] | None = None) -> bytes:
    image = Image.fromarray(values)
    if palette:
        image.putpalette(palette)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def colored(mask: Mask) -> NDArray[np.uint8]:
    table = np.zeros((256, 3), np.uint8)
    table[:3] = RGB
    return table[mask]


def picture(path: Path) -> None:
    folders.picture(path, size=SIZE)


def camvid_lists(root: Path) -> None:
    picture(root / "train/a.png")
    mask = np.where(drawing() == VOID, np.uint8(3), drawing())
    folders.write(root / "trainannot/a.png", png(mask))
    line = b"/SegNet/CamVid/train/a.png /SegNet/CamVid/trainannot/a.png\n"
    folders.write(root / "train.txt", line)


def camvid_color(root: Path) -> None:
    picture(root / "701_StillsRaw_full/a.png")
    folders.write(root / "LabeledApproved_full/a_L.png", png(colored(drawing())))


def camvid_named(root: Path) -> None:
    """Colours that the project does not have, named by the dataset's table."""
    picture(root / "701_StillsRaw_full/a.png")
    table = np.zeros((256, 3), np.uint8)
    table[:3] = [(1, 1, 1), (2, 2, 2), (3, 3, 3)]
    folders.write(root / "LabeledApproved_full/a_L.png", png(table[drawing()]))
    lines = b"1 1 1\tSky\n2 2 2\tRoad\n3 3 3\tCar\n0 0 0\tVoid\n"
    folders.write(root / "label_colors.txt", lines)


def cityscapes(root: Path, ending: str, table: dict[int, int]) -> None:
    picture(root / "leftImg8bit/train/ulm/ulm_0_leftImg8bit.png")
    written = np.vectorize(table.__getitem__)(drawing()).astype(np.uint8)
    folders.write(root / f"gtFine/train/ulm/ulm_0_gtFine_{ending}.png", png(written))


def cityscapes_labels(root: Path) -> None:
    cityscapes(root, "labelIds", {SKY: 23, ROAD: 7, CAR: 26, VOID: 3})


def cityscapes_train(root: Path) -> None:
    cityscapes(root, "labelTrainIds", {SKY: SKY, ROAD: ROAD, CAR: CAR, VOID: VOID})


def voc(root: Path) -> None:
    picture(root / "JPEGImages/a.png")
    palette = [(7 * i) % 256 for i in range(768)]
    folders.write(root / "SegmentationClass/a.png", png(drawing(), palette))
    folders.write(root / "ImageSets/Segmentation/train.txt", b"a\n")


def voc_colors(root: Path) -> None:
    picture(root / "JPEGImages/a.png")
    folders.write(root / "SegmentationClass/a.png", png(colored(drawing())))
    lines = b"# label:color\nbackground:0,0,0::\nsky:70,130,180::\nroad:128,64,128::\ncar:0,0,142::"
    folders.write(root / "labelmap.txt", lines)


CATEGORIES = [{"id": 90, "name": "Sky"}, {"id": 7, "name": "road"}, {"id": 8, "name": "car"}]
CATEGORY = {SKY: 90, ROAD: 7, CAR: 8}


def written(root: Path, name: str, annotations: list[dict[str, object]]) -> None:
    picture(root / "train2017/a.png")
    images = [{"id": 5, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}]
    said = {"images": images, "annotations": annotations, "categories": CATEGORIES}
    folders.write(root / f"annotations/{name}_train2017.json", json.dumps(said).encode())


def coco_runs(root: Path) -> None:
    def packed(value: int) -> dict[str, object]:
        found = coco.encode(np.asfortranarray(drawing() == value, np.uint8))
        return {"size": found["size"], "counts": found["counts"].decode()}

    kept = [(value, packed(value)) for value in (SKY, ROAD, CAR)]
    said = [{"image_id": 5, "category_id": CATEGORY[v], "segmentation": s} for v, s in kept]
    written(root, "instances", said)


def coco_polygons(root: Path) -> None:
    boxes = {SKY: (0, 0, 12, 4), ROAD: (0, 4, 12, 8), CAR: (2, 3, 7, 6)}
    corners = {v: [[x, y, X, y, X, Y, x, Y]] for v, (x, y, X, Y) in boxes.items()}
    corners[SKY] = [[1, 0, 12, 0, 12, 4, 1, 4], [0, 1, 1, 1, 1, 4, 0, 4]]
    said = [
        {"image_id": 5, "category_id": CATEGORY[v], "segmentation": corners[v]}
        for v in (CAR, SKY, ROAD)
    ]
    written(root, "instances", said)


def coco_panoptic(root: Path) -> None:
    ids = np.array([1000, 70_000, 255], np.uint32)[np.minimum(drawing(), 2)]
    ids[drawing() == VOID] = 0
    colors = np.stack([ids & 255, ids >> 8 & 255, ids >> 16], axis=-1).astype(np.uint8)
    segments = [
        {"id": 1000, "category_id": 90},
        {"id": 70_000, "category_id": 7},
        {"id": 255, "category_id": 8},
    ]
    said = [{"image_id": 5, "file_name": "a.png", "segments_info": segments}]
    written(root, "panoptic", said)
    folders.write(root / "annotations/panoptic_train2017/a.png", png(colors))


WRITERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "lists": ("camvid-lists", camvid_lists),
    "colours": ("camvid-color", camvid_color),
    "named colours": ("camvid-color", camvid_named),
    "label ids": ("cityscapes", cityscapes_labels),
    "training ids": ("cityscapes", cityscapes_train),
    "palette": ("voc", voc),
    "colour map": ("voc", voc_colors),
    "run lengths": ("coco", coco_runs),
    "polygons": ("coco", coco_polygons),
    "segments": ("coco", coco_panoptic),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_dataset_is_recognised_and_read_exactly(tmp_path: Path, kind: str):
    name, write = WRITERS[kind]
    write(tmp_path)
    assert layouts.detect(tmp_path) == name
    opened = folders.opened(tmp_path, name)
    [found] = opened.scan()
    assert (found.split, opened.image(found).shape) == ("pool", (HEIGHT, WIDTH, 3))
    assert np.array_equal(opened.covered_mask(found, SIZE), drawing())


@pytest.mark.parametrize("kind", WRITERS)
def test_what_was_not_asked_is_told_beside_every_layout(tmp_path: Path, kind: str):
    name, write = WRITERS[kind]
    write(tmp_path)
    asked = np.zeros((HEIGHT, WIDTH), np.uint8)
    asked[:, :6] = 255
    opened = folders.opened(tmp_path, name)
    [found] = opened.scan()
    folders.write(tmp_path / f"coverage/pool/{found.name}.png", masks.to_png(asked))
    mask = opened.covered_mask(found, SIZE)
    assert np.array_equal(mask[:, :6], drawing()[:, :6])
    assert (mask[:, 6:] == NOT_ASKED).all()


def test_volumes_are_cut_into_slices(tmp_path: Path):
    root = tmp_path / "training/patient001"
    root.mkdir(parents=True)
    values = np.random.default_rng(1).normal(size=(WIDTH, HEIGHT, 3))
    truth = np.zeros((WIDTH, HEIGHT, 3))
    truth[2:5, 3, 1] = ROAD
    for name, data in (("frame01", values), ("frame01_gt", truth), ("4d", values)):
        nib.save(nib.Nifti1Image(data, np.eye(4)), root / f"patient001_{name}.nii.gz")
    assert layouts.detect(tmp_path) == "slices"
    opened = folders.opened(tmp_path, "slices")
    found = list(opened.scan())
    assert [each.name for each in found] == [f"patient001_frame01_slice{i}" for i in range(3)]
    assert opened.image(found[1]).shape == (HEIGHT, WIDTH, 3)
    shown = np.stack([opened.image(each) for each in found])
    assert (shown.min(), shown.max()) == (0, 255)
    mask = opened.mask(found[1], SIZE)
    assert (mask == ROAD).nonzero()[0].tolist() == [3, 3, 3]
    assert (mask == ROAD).nonzero()[1].tolist() == [2, 3, 4]


def test_pictures_alone_are_the_pool(tmp_path: Path):
    picture(tmp_path / "b.png")
    picture(tmp_path / "a.png")
    assert layouts.detect(tmp_path) == "images"
    found = list(folders.opened(tmp_path, "images").scan())
    assert [(each.split, each.name, each.mask) for each in found] == [
        ("pool", "a", None),
        ("pool", "b", None),
    ]


def test_what_nothing_covers_is_the_background_where_the_file_names_none(tmp_path: Path):
    said = [{"image_id": 5, "category_id": 8, "segmentation": [[2, 3, 7, 3, 7, 6, 2, 6]]}]
    written(tmp_path, "instances", said)
    file = tmp_path / "annotations/instances_train2017.json"
    known = json.loads(file.read_text()) | {"categories": CATEGORIES[2:]}
    file.write_text(json.dumps(known))
    classes = [each._replace(background=each.value == ROAD) for each in folders.KNOWN]
    opened = folders.opened(tmp_path, "coco", classes)
    [found] = opened.scan()
    assert set(np.unique(opened.mask(found, SIZE))) == {ROAD, CAR}


SEGMENTATIONS = {
    "far away": [[0, 0, 1e12, 0, 5, 5]],
    "no number": [[0, 0, float("nan"), 0, 5, 5]],
    "two corners": [[0, 0, 5, 5]],
    "too long": {"size": [HEIGHT, WIDTH], "counts": [0, 10**15]},
    "negative": {"size": [HEIGHT, WIDTH], "counts": [-1, 97]},
    "another size": {"size": [10**9, 10**9], "counts": [10**18]},
    "damaged": {"size": [HEIGHT, WIDTH], "counts": "\x00oooooooooooooooo"},
    "text": "all of it",
}


@pytest.mark.parametrize("kind", SEGMENTATIONS)
def test_a_hostile_shape_is_refused(tmp_path: Path, kind: str):
    shape = SEGMENTATIONS[kind]
    written(tmp_path, "instances", [{"image_id": 5, "category_id": 8, "segmentation": shape}])
    opened = folders.opened(tmp_path, "coco")
    [found] = opened.scan()
    with pytest.raises(TesseraError):
        opened.mask(found, SIZE)


@pytest.mark.parametrize("name", ["/etc/passwd", "../../secret.png", "a\\b.png"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str):
    written(tmp_path, "instances", [])
    file = tmp_path / "annotations/instances_train2017.json"
    said = json.loads(file.read_text())
    said["images"][0]["file_name"] = name
    file.write_text(json.dumps(said))
    with pytest.raises(TesseraError):
        list(folders.opened(tmp_path, "coco").scan())


@pytest.mark.parametrize("text", ["[" * 10**5, "[]", '{"images": 3}', '{"images": [3]}', "\udcff"])
def test_json_of_another_form_is_refused(tmp_path: Path, text: str):
    data = text.encode(errors="surrogateescape")
    folders.write(tmp_path / "annotations/instances_train.json", data)
    with pytest.raises(TesseraError):
        list(folders.opened(tmp_path, "coco").scan())


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b", b"\x1f\x8b\x08" + b"\0" * 99, b"n+1" * 500])
def test_a_damaged_volume_is_refused(tmp_path: Path, data: bytes):
    folders.write(tmp_path / "a.nii.gz", data)
    with pytest.raises(TesseraError):
        list(folders.opened(tmp_path, "slices").scan())


def test_a_colour_of_no_class_is_named(tmp_path: Path):
    camvid_color(tmp_path)
    odd = colored(drawing())
    odd[2, 3] = (1, 2, 3)
    folders.write(tmp_path / "LabeledApproved_full/a_L.png", png(odd))
    opened = folders.opened(tmp_path, "camvid-color")
    [found] = opened.scan()
    with pytest.raises(UnknownClass, match=r"#010203.*x=3, y=2"):
        opened.mask(found, SIZE)
