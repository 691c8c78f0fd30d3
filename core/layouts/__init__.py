"""Folders that can be imported, by layout: one file each over `contract.py`.

plain, camvid, camvid-lists, camvid-color, cityscapes, voc, coco, label-studio, cvat, slices,
images.
"""

import json
from collections.abc import Callable
from pathlib import Path

from core.errors import LayoutUnknown, PathNotAllowed
from core.layouts.camvid_color import CamVidColor
from core.layouts.camvid_lists import CamVidLists
from core.layouts.cityscapes import Cityscapes
from core.layouts.coco import Coco
from core.layouts.contract import Decode, Found, Known, Layout, Source
from core.layouts.cvat import Cvat
from core.layouts.folders import CamVid, Plain
from core.layouts.images import Images
from core.layouts.label_studio import LabelStudio
from core.layouts.listing import SUFFIXES
from core.layouts.slices import Slices
from core.layouts.voc import Voc

__all__ = [
    "LAYOUTS",
    "SUFFIXES",
    "Decode",
    "Found",
    "Known",
    "Layout",
    "Source",
    "allowed",
    "class_names",
    "detect",
    "named",
    "without_wrapping",
]

# In the order in which they are tried: what is more particular comes first.
_ORDER: tuple[type[Layout], ...] = (
    *(Cityscapes, CamVidColor, CamVidLists, Voc, Coco, LabelStudio, Cvat),
    *(CamVid, Plain, Slices, Images),
)
LAYOUTS = {each.NAME: each for each in _ORDER}
EXPECTED = (
    "images/ (or pool/images/, train/images/), leftImg8bit/, JPEGImages/, annotations/ with "
    "instances_*.json or panoptic_*.json, tasks.json, annotations.xml, trainannot/, "
    "701_StillsRaw_full/, *.nii.gz, or pictures"
)


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


def named(layout: str) -> type[Layout]:
    """The layout of this name. Raises LayoutUnknown."""
    if layout not in LAYOUTS:
        known = ", ".join(sorted(LAYOUTS))
        raise LayoutUnknown(f"Expected one of the layouts {known}; {layout!r} was given.")
    return LAYOUTS[layout]


def _detected(root: Path) -> str | None:
    return next((each.NAME for each in _ORDER if each.detects(root)), None)


def without_wrapping(root: Path) -> Path:
    """The folder itself, or the one within it that holds everything."""
    within = list(root.iterdir())
    if _detected(root) or len(within) != 1 or not within[0].is_dir():
        return root
    return without_wrapping(within[0])


def detect(root: Path) -> str:
    """The name of the folder's layout. Raises LayoutUnknown."""
    if found := _detected(root):
        return found
    raise LayoutUnknown(
        f"Expected in {root.name} one of {EXPECTED}; found "
        f"{', '.join(sorted(p.name for p in root.iterdir())[:10]) or 'an empty folder'}."
    )


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
