"""Folders of images and masks as items for specs, without any service.

A data set has a classes.json and the splits {pool or train,val,test}/{images,masks}; masks are
index PNGs named as their images, 255 is void. A tags.csv beside images/ says what is somewhere in
them (`ml.tags`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from ml import tags
from ml.errors import Failure
from ml.images import read_labels, upright_size
from ml.spec import ImageItem
from ml.types import NOT_ASKED

SPLITS = {"pool": ("pool", "train"), "val": ("val",), "test": ("test",)}
SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Dataset:
    """`classes` are names by value; `splits` has pool, val and test, the last two maybe empty."""

    classes: list[str]
    splits: dict[str, list[ImageItem]]
    background: list[int] = field(default_factory=list)


def read_dataset(root: Path, *, partly: bool = False) -> Dataset:
    """`partly`: images of the pool may lack a mask, classes.json may lack (classes are numbered
    then), and images/ may lie in the root.

    Raises Failure `bad_spec` or `unreadable_image` that names the file.
    """
    splits = {
        name: _split(root, folders, every=not partly or name != "pool")
        for name, folders in SPLITS.items()
    }
    if partly and not splits["pool"] and (root / "images").is_dir():
        splits["pool"] = items_of(root, masks=True, every=False)
    if not splits["pool"]:
        raise Failure("bad_spec", f"expected images in {root}/pool/images or {root}/train/images")
    names, background = _named(root, splits["pool"], partly=partly)
    places = (root / name for name in SPLITS["pool"] if (root / name / "images").is_dir())
    splits["pool"] = _tagged(splits["pool"], next(places, root) / tags.FILE, names)
    return Dataset(names, splits, background)


def _named(root: Path, pool: Sequence[ImageItem], *, partly: bool) -> tuple[list[str], list[int]]:
    path = root / "classes.json"
    if partly and not path.is_file():
        return _numbered(pool), []
    return _classes(path)


def _tagged(items: list[ImageItem], path: Path, names: Sequence[str]) -> list[ImageItem]:
    """With the tags of the file, if there is one. Raises Failure `bad_spec` that names it."""
    if not path.is_file():
        return items
    said = {line.name: line for line in tags.lines(path.read_bytes(), names, SUFFIXES)}
    for name in said.keys() - {item.id for item in items}:
        problem = f"there is no image {name!r}; name one of {path.parent / 'images'}"
        said[name] = said[name]._replace(problem=said[name].problem or problem)
    for line in said.values():
        if line.problem:
            raise Failure("bad_spec", f"{path}: {line.problem}")
    return [
        item.model_copy(update={"tags": list(said[item.id].values)}) if item.id in said else item
        for item in items
    ]


def _split(root: Path, folders: Sequence[str], *, every: bool) -> list[ImageItem]:
    found = [root / name for name in folders if (root / name / "images").is_dir()]
    return items_of(found[0], masks=True, every=every) if found else []


def _numbered(items: Sequence[ImageItem]) -> list[str]:
    """A class for every id up to the highest in the masks, and two at least."""
    masks = [read_labels(item) for item in items if item.mask_path]
    highest = max((int(m[m < NOT_ASKED].max(initial=0)) for m in masks), default=0)
    return [f"class {value}" for value in range(max(highest, 1) + 1)]


def _classes(path: Path) -> tuple[list[str], list[int]]:
    """Their names by id, and the ids of those that are background."""
    try:
        entries = json.loads(path.read_bytes())["classes"]
        ids = {int(each.get("value", each.get("id"))): each for each in entries}
        names = [str(ids[value]["name"]) for value in range(len(ids))]
        return names, [value for value, each in sorted(ids.items()) if each.get("background")]
    except OSError as error:
        raise Failure("bad_spec", f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure(
            "bad_spec",
            f"{path}: expected {{'classes': [{{'id': 0, 'name': ...}}, ...]}} with ids from 0 on; "
            f"{error!r}",
        ) from error


def items_of(folder: Path, *, masks: bool, every: bool = True) -> list[ImageItem]:
    """The images of a folder by name, each with the mask of its stem if masks are asked for, and
    `every`: whether an image without one is refused.

    Raises Failure `bad_spec` or `unreadable_image` that names the file.
    """
    images = folder / "images" if (folder / "images").is_dir() else folder
    paths = sorted(path for path in images.glob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise Failure("bad_spec", f"no PNG or JPEG images in {images}; give a folder of them")
    for one, other in pairwise(paths):
        if one.stem == other.stem:
            raise Failure("bad_spec", f"{one} and {other} have one name; rename one of them")
    return [
        _item(path, _mask(path, folder / "masks", every=every) if masks else None) for path in paths
    ]


def _mask(image: Path, masks: Path, *, every: bool) -> str | None:
    path = masks / f"{image.stem}.png"
    if path.is_file():
        return str(path.resolve())
    if every:
        raise Failure("bad_spec", f"{image} has no mask: expected {path}")
    return None


def _item(path: Path, mask: str | None) -> ImageItem:
    width, height = upright_size(str(path))
    return ImageItem(
        id=path.stem, path=str(path.resolve()), width=width, height=height, mask_path=mask
    )


def labelled_images(count: int, fraction: float, seed: int) -> set[int]:
    """At random by the seed, at least one; a larger fraction of a seed holds the smaller ones."""
    order = np.random.default_rng([seed, count]).permutation(count)
    return set(order[: max(1, round(fraction * count))].tolist())
