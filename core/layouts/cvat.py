"""`cvat`: `annotations.xml` of CVAT for images 1.1, or a file for each subset as datumaro writes
it, with the images below images/.

Masks and polygons are matched to classes by their label, "void" to void; higher ones (`z_order`)
cover lower ones, and what none covers is not asked.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from core.archives import member
from core.errors import Invalid, MaskSizeMismatch, PathNotAllowed, TesseraError, UnknownClass
from core.layouts import shapes
from core.layouts.contract import Found, Layout
from core.masks import NOT_ASKED, VOID, Mask, Size

FILE, VOID_NAME = "annotations.xml", "void"
FILES = (FILE, "default.xml", "train.xml", "val.xml", "validation.xml", "test.xml")
DRAWN, OTHER = ("mask", "polygon"), ("box", "polyline", "points", "ellipse", "cuboid", "skeleton")
SPLITS = {"val": "val", "validation": "val", "test": "test"}


class Cvat(Layout):
    NAME = "cvat"

    @classmethod
    def detects(cls, root: Path) -> bool:
        return any((root / file).is_file() for file in FILES)

    def scan(self) -> Iterator[Found]:
        files = [self.source.root / name for name in FILES]
        for file in [each for each in files if each.is_file()] or files[:1]:
            yield from self._scan(file)

    def _scan(self, file: Path) -> Iterator[Found]:
        usual = "" if file.name == FILE else file.stem
        for image in _images(self.source.read(file), file.name):
            if other := [each.tag for each in image if each.tag in OTHER]:
                raise Invalid(f"Only masks and polygons are taken; an image has a {other[0]}.")
            drawn = [dict(each.attrib, tag=each.tag) for each in image if each.tag in DRAWN]
            subset = image.get("subset", usual)
            path = self._image(image.get("name", ""), subset)
            split = SPLITS.get(subset.casefold(), "pool")
            yield Found(split, path.stem, path, file if drawn else None, entry=drawn)

    def _image(self, name: str, subset: str) -> Path:
        root = self.source.root
        places = (f"images/{subset}/{name}", f"images/{name}", name)
        found = [root / _relative(place.replace("//", "/")) for place in places]
        return next((path for path in found if path.is_file()), found[1])

    def mask(self, found: Found, size: Size) -> Mask:
        assert isinstance(found.entry, list)
        values = {VOID_NAME: VOID} | self.source.by_name()
        mask = np.full((size.height, size.width), NOT_ASKED, np.uint8)
        for each in sorted(found.entry, key=lambda drawn: _number(drawn.get("z_order", "0"))):
            value = values.get(each.get("label", "").casefold())
            if value is None:
                label = each.get("label", "")
                raise UnknownClass(f"The label {label!r} is no class of the project.", label=label)
            mask[_shape(each, size)] = value
        return mask


def _images(data: bytes, name: str) -> Iterator[Element]:
    """One image's element in memory at a time."""
    try:
        read = iterparse(io.BytesIO(data), ("start", "end"), forbid_dtd=True)
        _, root = next(read)
        for event, element in read:
            if event == "end" and element.tag == "image":
                yield element
                root.clear()
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Invalid(f"{name}: expected CVAT's XML; {error}.") from None


def _relative(name: str) -> str:
    try:
        member.check_name(name)
    except TesseraError as error:
        raise PathNotAllowed(error.detail) from None
    return name


def _shape(drawn: dict[str, Any], size: Size) -> shapes.Shape:
    if drawn["tag"] == "polygon":
        corners = drawn.get("points", "").replace(";", ",").split(",")
        return shapes.decode([[_real(each) for each in corners]], size)
    left, top, width, height = (
        _number(drawn.get(s, "")) for s in ("left", "top", "width", "height")
    )
    if left < 0 or top < 0 or left + width > size.width or top + height > size.height:
        raise MaskSizeMismatch(f"A mask reaches beyond the image of {size}.")
    runs = [_number(run) for run in drawn.get("rle", "").split(",")]
    # Run lengths go row by row here.
    inside = shapes.filled(runs, Size(height, width)).T
    covered = np.zeros((size.height, size.width), bool)
    covered[top : top + height, left : left + width] = inside
    return covered


def _number(text: str) -> int:
    if not text.strip().removeprefix("-").isdecimal() or len(text) > 20:
        raise Invalid(f"Expected a whole number, and {text[:40]!r} is none.")
    return int(text)


def _real(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Invalid(f"Expected a number, and {text[:40]!r} is none.") from None
