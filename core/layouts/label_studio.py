"""`label-studio`: `tasks.json` or `project-*.json`, as Label Studio exports tasks (JSON), with the
images beside it.

Brushes are matched to classes by name, the name "void" to void; later ones cover earlier ones, and
what none paints is not asked. Of several annotations of a task the first that was not cancelled
counts. Predictions are no labels and are left alone.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

from core.archives import member
from core.errors import Invalid, MaskSizeMismatch, PathNotAllowed, TesseraError, UnknownClass
from core.layouts import brush
from core.layouts.contract import Found, Layout
from core.layouts.listing import SUFFIXES
from core.masks import NOT_ASKED, VOID, Mask, Size
from core.walking import below

TASKS = ("tasks.json", "project-*.json")
SPLITS = ("pool", "val", "test")
VOID_NAME = "void"
SHAPES = ("polygonlabels", "rectanglelabels", "ellipselabels", "keypointlabels")

Json = dict[str, Any]


class LabelStudio(Layout):
    NAME = "label-studio"

    @classmethod
    def detects(cls, root: Path) -> bool:
        return any(path for pattern in TASKS for path in root.glob(pattern))

    def scan(self) -> Iterator[Found]:
        files = sorted(path for pattern in TASKS for path in self.source.root.glob(pattern))
        pictures = self._pictures()
        for file in files:
            for task in _tasks(self.source.read(file), file.name):
                data = task.get("data")
                data = data if isinstance(data, dict) else {}
                image = self._image(data.get("image"), pictures)
                results = _results(task)
                split = data.get("split")
                split = split if split in SPLITS else "pool"
                yield Found(split, image.stem, image, file if results else None, entry=results)

    def _pictures(self) -> dict[str, str]:
        """The folder of each by its name alone: Label Studio's own addresses lead to its server."""
        names = (name.rpartition("/") for name in below(self.source.root))
        found = ((folder, name) for folder, _, name in names)
        return {
            name: sys.intern(folder)
            for folder, name in found
            if os.path.splitext(name)[1].lower() in SUFFIXES
        }

    def _image(self, address: object, pictures: dict[str, str]) -> Path:
        parts = urlsplit(str(address))
        [named] = parse_qs(parts.query).get("d", [parts.path])[:1]
        path = self.source.root / _relative(named.lstrip("/"))
        # An upload is stored under its name with eight digits before it.
        for name in (path.name, path.name.partition("-")[2]):
            if not path.is_file() and name in pictures:
                return self.source.root / pictures[name] / name
        return path

    def mask(self, found: Found, size: Size) -> Mask:
        assert isinstance(found.entry, list)
        values = {VOID_NAME: VOID} | self.source.by_name()
        mask = np.full((size.height, size.width), NOT_ASKED, np.uint8)
        for result in found.entry:
            value = result.get("value")
            if result.get("type") == "brushlabels" and isinstance(value, dict):
                self._paint(mask, result, value, values)
        return mask

    def _paint(self, mask: Mask, result: Json, value: Json, values: dict[str, int]) -> None:
        size = Size(mask.shape[1], mask.shape[0])
        given = (result.get("original_width"), result.get("original_height"))
        if given != tuple(size):
            raise MaskSizeMismatch(f"Expected a brush of {size}; it was drawn on {given}.")
        names = value.get("brushlabels")
        name = names[0] if isinstance(names, list) and len(names) == 1 else names
        known = values.get(str(name).casefold())
        if known is None:
            raise UnknownClass(f"The label {name!r} is no class of the project.", label=str(name))
        mask[brush.decode(value.get("rle"), size)] = known


def _relative(name: str) -> str:
    try:
        member.check_name(name)
    except TesseraError as error:
        raise PathNotAllowed(error.detail) from None
    return name


def _tasks(data: bytes, name: str) -> list[Json]:
    try:
        read = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{name}: expected Label Studio's JSON; {error}.") from None
    if not isinstance(read, list) or not all(isinstance(each, dict) for each in read):
        raise Invalid(f"{name}: expected a list of tasks; export them as JSON, not JSON-MIN.")
    return read


def _results(task: Json) -> list[Json]:
    """Of the first annotation that somebody finished."""
    annotations = task.get("annotations")
    for each in annotations if isinstance(annotations, list) else []:
        if isinstance(each, dict) and not each.get("was_cancelled"):
            found = each.get("result")
            found = found if isinstance(found, list) else []
            results = [result for result in found if isinstance(result, dict)]
            if drawn := [r["type"] for r in results if r.get("type") in SHAPES]:
                raise Invalid(f"Only brushes are taken, and a task has {drawn[0]}.")
            return [result for result in results if result.get("type") == "brushlabels"]
    return []
