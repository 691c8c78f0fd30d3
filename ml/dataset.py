"""Folders of images and masks as items for specs, without any service.

A data set has a classes.json and the splits {pool or train,val,test}/{images,masks}; masks are
index PNGs named as their images, 255 is void.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ml.errors import Failure
from ml.spec import ImageItem

SPLITS = {"pool": ("pool", "train"), "val": ("val",), "test": ("test",)}
SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Dataset:
    """`classes` are names by value; `splits` has pool, val and test, the last two maybe empty."""

    classes: list[str]
    splits: dict[str, list[ImageItem]]


def read_dataset(root: Path) -> Dataset:
    """Raises Failure `bad_spec` or `unreadable_image` that names the file."""
    splits = {name: _split(root, folders) for name, folders in SPLITS.items()}
    if not splits["pool"]:
        raise Failure("bad_spec", f"expected images in {root}/pool/images or {root}/train/images")
    return Dataset(_classes(root / "classes.json"), splits)


def _split(root: Path, folders: Sequence[str]) -> list[ImageItem]:
    found = [root / name for name in folders if (root / name / "images").is_dir()]
    return items_of(found[0], masks=True) if found else []


def _classes(path: Path) -> list[str]:
    try:
        entries = json.loads(path.read_bytes())["classes"]
        names = {int(each.get("value", each.get("id"))): str(each["name"]) for each in entries}
        return [names[value] for value in range(len(names))]
    except OSError as error:
        raise Failure("bad_spec", f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure(
            "bad_spec",
            f"{path}: expected {{'classes': [{{'id': 0, 'name': ...}}, ...]}} with ids from 0 on; "
            f"{error!r}",
        ) from error


def items_of(folder: Path, *, masks: bool) -> list[ImageItem]:
    """The images of a folder by name, each with the mask of its stem if masks are asked for.

    Raises Failure `bad_spec` or `unreadable_image` that names the file.
    """
    images = folder / "images" if (folder / "images").is_dir() else folder
    paths = sorted(path for path in images.glob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise Failure("bad_spec", f"no PNG or JPEG images in {images}; give a folder of them")
    for one, other in pairwise(paths):
        if one.stem == other.stem:
            raise Failure("bad_spec", f"{one} and {other} have one name; rename one of them")
    return [_item(path, folder / "masks" if masks else None) for path in paths]


def _item(path: Path, masks: Path | None) -> ImageItem:
    mask = None if masks is None else masks / f"{path.stem}.png"
    if mask is not None and not mask.is_file():
        raise Failure("bad_spec", f"{path} has no mask: expected {mask}")
    try:
        with Image.open(path) as picture:
            width, height = picture.size
    except (OSError, UnidentifiedImageError) as error:
        raise Failure("unreadable_image", f"cannot read {path}: {error}") from error
    return ImageItem(
        id=path.stem,
        path=str(path.resolve()),
        width=width,
        height=height,
        mask_path=None if mask is None else str(mask.resolve()),
    )
