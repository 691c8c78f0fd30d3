"""What people hand in: it trains, or a sentence names the file and says what is expected."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.dataset import items_of
from ml.errors import Failure
from ml.images import read_rgb
from ml.spec import ImageItem
from ml.types import NOT_ASKED, VOID
from tests.ml.runs import here, train_spec
from tests.ml.scenes import COLOURS, blocks, image, with_mask

pytestmark = pytest.mark.slow
Items = Callable[[Path], list[ImageItem]]


def labelled(folder: Path, *names: str, size: tuple[int, int] = (32, 48)) -> list[ImageItem]:
    return [with_mask(folder, name, blocks(*size, seed)) for seed, name in enumerate(names)]


def one_image(folder: Path) -> list[ImageItem]:
    return labelled(folder, "a")


def one_class(folder: Path) -> list[ImageItem]:
    return [with_mask(folder, "a", np.zeros((32, 48), dtype=np.uint8))]


def mixed_sizes(folder: Path) -> list[ImageItem]:
    sizes = [(32, 48), (100, 20), (7, 5)]
    return [with_mask(folder, f"{h}", blocks(h, w)) for h, w in sizes]


def grey(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a", "b")
    for item in items:
        Image.open(item.path).convert("L").save(item.path)
    return items


def deep_grey(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a", "b")
    for item in items:
        values = np.asarray(Image.open(item.path).convert("L")).astype(np.uint16) * 257
        Image.fromarray(values).save(item.path)
    return items


def with_alpha(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a", "b")
    for item in items:
        Image.open(item.path).convert("RGBA").save(item.path)
    return items


def binary_mask(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a", "b")
    for item in items:
        Image.fromarray(blocks(32, 48) > 0).save(item.mask_path)
    return items


def partly_void(folder: Path) -> list[ImageItem]:
    mask = blocks(32, 48)
    mask[:16] = VOID
    return [with_mask(folder, "a", mask), *labelled(folder, "b")]


WORKS: list[Items] = [
    one_image,
    one_class,
    mixed_sizes,
    grey,
    deep_grey,
    with_alpha,
    binary_mask,
    partly_void,
]


@pytest.mark.parametrize("items", WORKS)
def test_it_trains(tmp_path, items):
    said = here(tmp_path / "run", train_spec(items(tmp_path)))
    last = [each for each in said if each["event"] == "progress"][-1]
    assert last["step"] == 4
    assert all(np.isfinite(value) for value in last["losses"].values())


def no_images(folder: Path) -> list[ImageItem]:  # noqa: ARG001
    return []


def no_label(folder: Path) -> list[ImageItem]:
    return [image(folder, "a", blocks(32, 48))]


def all_void(folder: Path) -> list[ImageItem]:
    return [with_mask(folder, "a", np.full((32, 48), VOID, dtype=np.uint8))]


def all_not_asked(folder: Path) -> list[ImageItem]:
    return [with_mask(folder, "a", np.full((32, 48), NOT_ASKED, dtype=np.uint8))]


def missing_image(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a")
    Path(items[0].path).unlink()
    return items


def missing_mask(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a")
    Path(str(items[0].mask_path)).unlink()
    return items


def truncated_image(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a", size=(200, 300))
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(items[0].path)
    content = Path(items[0].path).read_bytes()
    Path(items[0].path).write_bytes(content[: len(content) // 2])
    return items


def mask_of_another_size(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a")
    Image.fromarray(blocks(30, 48)).save(items[0].mask_path)
    return items


def class_out_of_range(folder: Path) -> list[ImageItem]:
    return [with_mask(folder, "a", np.full((32, 48), 7, dtype=np.uint8))]


def deep_class_out_of_range(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a")
    Image.fromarray(np.full((32, 48), 1000, dtype=np.uint16)).save(items[0].mask_path)
    return items


def colour_mask(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a")
    Image.fromarray(COLOURS[blocks(32, 48)]).save(items[0].mask_path)
    return items


def jpeg_mask(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a")
    Image.fromarray(blocks(32, 48)).save(items[0].mask_path, format="JPEG")
    return items


def floating_image(folder: Path) -> list[ImageItem]:
    items = labelled(folder, "a")
    Image.fromarray(np.zeros((32, 48), dtype=np.float32)).save(folder / "a.tiff")
    return [items[0].model_copy(update={"path": str(folder / "a.tiff")})]


REFUSED: list[tuple[Items, str, str]] = [
    (no_images, "bad_spec", "the pool holds no images"),
    (no_label, "no_labels", "none of the 1 pool images has a pixel labelled"),
    (all_void, "no_labels", "none of the 1 pool images has a pixel labelled"),
    (all_not_asked, "no_labels", "none of the 1 pool images has a pixel labelled"),
    (missing_image, "unreadable_image", r"cannot read .*/a\.png"),
    (missing_mask, "unreadable_image", r"cannot read .*/a\.mask\.png"),
    (truncated_image, "unreadable_image", r"cannot read .*/a\.png"),
    (mask_of_another_size, "unreadable_image", r"/a\.mask\.png is 48x30; the spec says 48x32"),
    (class_out_of_range, "bad_spec", r"/a\.mask\.png holds id 7; expected 0\.\.2"),
    (deep_class_out_of_range, "bad_spec", r"/a\.mask\.png holds id 1000; expected 0\.\.2"),
    (colour_mask, "unreadable_image", r"/a\.mask\.png has mode RGB; expected class ids"),
    (jpeg_mask, "unreadable_image", r"cannot read .*/a\.mask\.png: .* whole PNG or TIFF"),
    (floating_image, "unreadable_image", r"/a\.tiff holds floating-point values"),
]


@pytest.mark.parametrize(("items", "error_class", "sentence"), REFUSED)
def test_it_is_refused_by_name(tmp_path, items, error_class, sentence):
    with pytest.raises(Failure, match=sentence) as refusal:
        here(tmp_path / "run", train_spec(items(tmp_path)))
    assert refusal.value.error_class == error_class
    assert not (tmp_path / "run/out/model.json").exists()


def test_a_photograph_that_lies_on_its_side_is_turned_upright(tmp_path):
    values = COLOURS[blocks(32, 48)]
    turned = Image.fromarray(values)
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "a.png", exif=exif)
    [item] = items_of(tmp_path, masks=False)
    assert (item.width, item.height) == (32, 48)
    assert np.array_equal(read_rgb(item), np.rot90(values, -1))
