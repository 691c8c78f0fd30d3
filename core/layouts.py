"""Folders that can be imported: which files are images and masks of which split.

`plain`: {pool,val,test}/{images,masks}, or images/ and masks/ alone for the pool.
`camvid`: {train,val,test}/{images,masks}; train is the pool. Masks go by their image's stem.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import LayoutUnknown, PathNotAllowed

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True)
class Found:
    """One image of a folder with its mask, or a mask without an image (`image` is None)."""

    split: str
    name: str
    image: Path | None
    mask: Path | None


def allowed(path: str, roots: tuple[Path, ...]) -> Path:
    """The folder, if it lies under one of the import roots. Raises PathNotAllowed."""
    try:
        folder = Path(path).resolve()
        is_folder = folder.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # NUL, a loop of links, a name too long
        raise PathNotAllowed(f"{path[:200]!r} is no path: {error}.") from None
    if not any(folder.is_relative_to(root.resolve()) for root in roots):
        listed = ", ".join(map(str, roots)) or "none are set"
        raise PathNotAllowed(
            f"{path} is outside the import roots ({listed}); set TESSERA_IMPORT_ROOTS."
        )
    if not is_folder:
        raise PathNotAllowed(f"{path} is not a folder on the server.")
    return folder


# Layout to (folder, split).
SPLIT_FOLDERS: dict[str, tuple[tuple[str, str], ...]] = {
    "plain": ((".", "pool"), ("pool", "pool"), ("val", "val"), ("test", "test")),
    "camvid": (("train", "pool"), ("val", "val"), ("test", "test")),
}


# Folders of a layout; any other folder that stands alone only wraps the archive it came in.
KNOWN = {"images", "masks"} | {folder for pairs in SPLIT_FOLDERS.values() for folder, _ in pairs}


def without_wrapping(root: Path) -> Path:
    """The folder itself, or the one within it that holds everything."""
    within = list(root.iterdir())
    if len(within) != 1 or not within[0].is_dir() or within[0].name in KNOWN:
        return root
    return without_wrapping(within[0])


def detect(root: Path) -> str:
    """The name of the folder's layout. Raises LayoutUnknown."""
    if (root / "train" / "images").is_dir():
        return "camvid"
    if any((root / folder / "images").is_dir() for folder, _ in SPLIT_FOLDERS["plain"]):
        return "plain"
    raise LayoutUnknown(
        f"Expected {root.name}/images, or images/ under pool/ or train/; found "
        f"{', '.join(sorted(p.name for p in root.iterdir())[:10]) or 'an empty folder'}."
    )


def scan(root: Path, layout: str) -> Iterator[Found]:
    """Every image with its mask, and masks left over, in the order of split and name.

    Raises LayoutUnknown for a name that is none.
    """
    if layout not in SPLIT_FOLDERS:
        known = ", ".join(SPLIT_FOLDERS)
        raise LayoutUnknown(f"Expected one of the layouts {known}; {layout!r} was given.")
    for folder, split in SPLIT_FOLDERS[layout]:
        yield from _pairs(root / folder, split)


def _pairs(folder: Path, split: str) -> Iterator[Found]:
    masks = _by_stem(folder / "masks")
    for stem, image in _by_stem(folder / "images").items():
        yield Found(split, stem, image, masks.pop(stem, None))
    for stem, mask in masks.items():
        yield Found(split, stem, None, mask)


def _by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    # Two files of one stem stay two entries, so that the second is reported and not lost.
    named: dict[str, Path] = {}
    for path in files:
        named[path.stem if path.stem not in named else path.name] = path
    return named


def class_names(root: Path, read: Callable[[Path], bytes] = Path.read_bytes) -> list[str] | None:
    """The class names of the folder's classes.json by value; None without the file.

    Raises ValueError when it can't be understood.
    """
    file = root / "classes.json"
    if not file.is_file():
        return None
    try:
        named = sorted((int(e["id"]), str(e["name"])) for e in json.loads(read(file))["classes"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f'classes.json: expected {{"classes": [{{"id": 0, "name": ...}}, ...]}}; {error!r}'
        ) from None
    values = [value for value, _ in named]
    # A gap would shift every name behind it, and masks be read as other classes in silence.
    if values != list(range(len(values))):
        raise ValueError(f"classes.json: expected the ids 0, 1, 2, ...; given {values}.")
    return [name for _, name in named]
