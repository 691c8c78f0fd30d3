"""A data folder as the commands see it: its classes and the size of its images.

The forms are those that the server imports: "camvid" (train, val, test) and "plain" (pool, val,
test), each with images and masks folders and a classes.json on top.
"""

import json
from pathlib import Path
from typing import Any

from PIL import Image

FORM = '{"classes": [{"id": 0, "name": "sky", "color": "#808080"}, ...]}'
POOLS = ("pool/images", "train/images", "images")


def read_classes(path: Path) -> list[dict[str, Any]]:
    """The classes of a classes.json (or of the folder that holds it), as a project wants them."""
    file = path / "classes.json" if path.is_dir() else path
    if not file.is_file():
        raise FileNotFoundError(f"expected a classes.json at {file}; it names the mask values")
    try:
        return [_segment_class(each) for each in json.loads(file.read_text())["classes"]]
    except (ValueError, KeyError, TypeError) as error:
        wrong = f"{error} is missing" if isinstance(error, KeyError) else error
        raise ValueError(f"{file}: expected {FORM}; {wrong}.") from error


def first_size(folder: Path) -> tuple[int, int]:
    """(width, height) in pixels of the first pool image."""
    for inner in POOLS:
        images = sorted(path for path in (folder / inner).glob("*") if path.is_file())
        if images:
            with Image.open(images[0]) as image:
                return image.size
    raise FileNotFoundError(
        f"no pool images in {folder}: expected them in one of {', '.join(POOLS)}"
    )


def _segment_class(entry: dict[str, Any]) -> dict[str, Any]:
    value = entry["value"] if "value" in entry else entry["id"]
    found = {"value": int(value), "name": str(entry["name"]), "color": str(entry["color"])}
    return found | ({"background": True} if entry.get("background") else {})
