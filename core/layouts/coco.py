"""`coco`: annotations/{instances,panoptic}_{train,val,test}*.json with images beside them.

Categories are matched by name. Instances (polygons, RLE) are painted on each other, the smaller
ones last; what none covers is the project's background class where it has exactly one that the
file does not name, else void.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.archives import member
from core.errors import ImageUndecodable, Invalid, MaskNotIndexed, PathNotAllowed, TesseraError
from core.errors import UnknownClass as Unknown
from core.layouts import shapes
from core.layouts.contract import Found, Layout, Source
from core.layouts.palettes import packed
from core.masks import VOID, Mask, Size, colours

ANNOTATIONS = "annotations"
KINDS = ("instances_", "panoptic_")

Json = dict[str, Any]


class Coco(Layout):
    NAME = "coco"

    @classmethod
    def detects(cls, root: Path) -> bool:
        return any(_files(root))

    def scan(self) -> Iterator[Found]:
        for file in _files(self.source.root):
            yield from Annotated(self.source, file).found()

    def mask(self, found: Found, size: Size) -> Mask:
        assert isinstance(found.entry, tuple)
        annotated, image_id = found.entry
        mask: Mask = annotated.mask(image_id, size, found.mask)
        return mask


def _files(root: Path) -> list[Path]:
    folder = root / ANNOTATIONS
    found = sorted(folder.glob("*.json")) if folder.is_dir() else []
    # Where a split has both, the panoptic file says more: nothing overlaps in it.
    parts = {path.stem.partition("_")[2]: path for path in found if path.name.startswith(KINDS)}
    return list(parts.values())


class Annotated:
    """One annotation file: its images, and what each of them shows."""

    def __init__(self, source: Source, file: Path) -> None:
        self._source = source
        self._file = file
        self._panoptic = file.name.startswith("panoptic_")
        self._part = file.stem.partition("_")[2]
        read = _parsed(source.read(file), file.name)
        self._images = _list(read, "images")
        self._annotations: dict[Any, list[Json]] = defaultdict(list)
        for each in _list(read, "annotations"):
            self._annotations[each.get("image_id")].append(each)
        names = {each.get("id"): str(each.get("name")) for each in _list(read, "categories")}
        ours = source.by_name()
        self._names = names
        self._values = {key: ours.get(name.casefold()) for key, name in names.items()}
        self._rest = _rest(source, set(self._values.values()))

    def found(self) -> Iterator[Found]:
        for each in sorted(self._images, key=lambda image: str(image.get("file_name"))):
            path = self._image(each)
            known = self._annotations.get(each.get("id"), [])
            mask = self._file if known or each.get("labelled") is True else None
            if self._panoptic and known:
                name = _safe(known[0].get("file_name"))
                mask = self._file.parent / self._file.stem / name
            split = _split(self._part)
            yield Found(split, path.stem, path, mask, entry=(self, each.get("id")))

    def _image(self, entry: Json) -> Path:
        name = _safe(entry.get("file_name"))
        places = (self._part, "images", f"images/{self._part}", ".")
        found = [self._source.root / place / name for place in places]
        return next((path for path in found if path.is_file()), found[0])

    def mask(self, image_id: object, size: Size, file: Path | None) -> Mask:
        annotations = self._annotations.get(image_id, [])
        if self._panoptic and file is not None:
            return self._of_segments(annotations, size, file)
        mask = np.full((size.height, size.width), self._rest, np.uint8)
        drawn = [(self._value(each), self._shape(each, size)) for each in annotations]
        for value, shape in sorted(drawn, key=lambda pair: -int(pair[1].sum())):
            mask[shape] = value
        return mask

    def _shape(self, annotation: Json, size: Size) -> shapes.Shape:
        try:
            return shapes.decode(annotation.get("segmentation"), size)
        except TesseraError as error:
            error.detail = f"Annotation {annotation.get('id')}: {error.detail}"
            raise

    def _of_segments(self, annotations: list[Json], size: Size, file: Path) -> Mask:
        try:
            ids = packed(colours(self._source.read(file), size)[..., ::-1])
        except MaskNotIndexed:
            raise ImageUndecodable("Expected a panoptic PNG of colours.") from None
        mask = np.full(ids.shape, self._rest, np.uint8)
        for segment in _list(annotations[0], "segments_info"):
            mask[ids == segment.get("id")] = self._value(segment)
        return mask

    def _value(self, entry: Json) -> int:
        category = entry.get("category_id")
        value = self._values.get(category)
        if value is None:
            name = self._names.get(category, category)
            raise Unknown(f"The category {name!r} is no class of the project.", category=str(name))
        return value


def _rest(source: Source, named: set[int | None]) -> int:
    """What is meant by pixels that nothing covers."""
    background = [each.value for each in source.classes if each.background]
    return background[0] if len(background) == 1 and background[0] not in named else VOID


def _parsed(data: bytes, name: str) -> Json:
    try:
        read = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{name}: expected COCO's JSON; {error}.") from None
    if not isinstance(read, dict):
        raise Invalid(f"{name}: expected an object with images, annotations and categories.")
    return read


def _list(of: Json, name: str) -> list[Json]:
    found = of.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Invalid(f"Expected a list of objects as {name!r}.")
    hashable = ("id", "image_id", "category_id")
    if any(isinstance(each.get(key), list | dict) for each in found for key in hashable):
        raise Invalid(f"Expected numbers as the ids of {name!r}.")
    return found


def _safe(name: object) -> str:
    """A relative path that stays where it is. Raises PathNotAllowed."""
    try:
        member.check_name(str(name))
    except TesseraError as error:
        raise PathNotAllowed(error.detail) from None
    return str(name)


def _split(part: str) -> str:
    return "val" if part.startswith("val") else "test" if part.startswith("test") else "pool"
