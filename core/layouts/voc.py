"""`voc`: Pascal VOC's JPEGImages/, SegmentationClass/, ImageSets/Segmentation/{train,val}.txt.

Masks are palette PNGs whose indices are the values, 255 void; or, as CVAT writes them, colours that
a `labelmap.txt` names. Without lists all images are the pool.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from core.errors import ImageUndecodable, MaskNotIndexed
from core.layouts import palettes
from core.layouts.contract import TRAIN_VAL_TEST, Found, Layout, pairs
from core.layouts.listing import by_stem
from core.layouts.palettes import Rgb
from core.masks import Mask, Size

IMAGES, MASKS, LISTS = "JPEGImages", "SegmentationClass", Path("ImageSets", "Segmentation")
LABEL_MAP = "labelmap.txt"


class Voc(Layout):
    NAME = "voc"

    @classmethod
    def detects(cls, root: Path) -> bool:
        return (root / IMAGES).is_dir() or (root / MASKS).is_dir()

    def scan(self) -> Iterator[Found]:
        images = by_stem(self.source.root / IMAGES)
        labelled = by_stem(self.source.root / MASKS)
        if not (self.source.root / LISTS).is_dir():
            yield from pairs("pool", images, labelled)
            return
        for name, split in TRAIN_VAL_TEST:
            listed = self.source.root / LISTS / f"{name}.txt"
            if listed.is_file():
                for stem in self.source.text(listed).split():
                    yield self._listed(split, stem, images, labelled)

    def _listed(
        self, split: str, stem: str, images: Mapping[str, Path], labelled: Mapping[str, Path]
    ) -> Found:
        # Only what the folders hold is opened, whatever a list names.
        if stem not in images and stem not in labelled:
            raise ImageUndecodable(
                f"The lists name {stem[:200]!r}, and {IMAGES} has no such image."
            )
        return Found(split, stem, images.get(stem), labelled.get(stem))

    @cached_property
    def _colors(self) -> dict[Rgb, int]:
        table = self.source.root / LABEL_MAP
        if not table.is_file():
            return {}
        names = self.source.by_name()
        lines = list(_table(self.source.text(table)))
        void = [(rgb, "void") for rgb, name in lines if name == "background"]
        return palettes.from_names([*void, *lines], names)

    def mask(self, found: Found, size: Size) -> Mask:
        try:
            return super().mask(found, size)
        except MaskNotIndexed:
            if not self._colors:
                raise
            assert found.mask is not None
            return palettes.from_png(self.source.read(found.mask), size, self._colors)


def _table(text: str) -> Iterator[tuple[Rgb, str]]:
    """Lines as `car:0,0,142:parts:actions`."""
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        numbers = rest.partition(":")[0].split(",")
        if not line.startswith("#") and len(numbers) == 3 and all(n.isdecimal() for n in numbers):
            red, green, blue = map(int, numbers)
            yield (red, green, blue), name
