"""`voc`: JPEGImages/, SegmentationClass/ with VOC's palette, ImageSets/Segmentation/."""

from collections.abc import Iterator
from typing import Any

from core.exports import palette
from core.exports.contract import Entry, Format, Item, Lists


class Voc(Format):
    """Pictures are PNG although their folder has another name: a JPEG would not be the same."""

    NAME = "voc"
    FLAT = True

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._lists = Lists(self.scratch)
        self._colors = palette.voc_colors()

    def item(self, item: Item) -> Iterator[Entry]:
        self._lists.add(f"{item.part}.txt", item.name)
        yield from self.picture(item, f"JPEGImages/{item.name}.png")
        if (mask := item.labelled) is not None:
            png = palette.with_palette(mask, self._colors)
            yield Entry(f"SegmentationClass/{item.name}.png", png)

    def end(self) -> Iterator[Entry]:
        yield from self._lists.entries("ImageSets/Segmentation/")
        rows = (f"{each.name}:{self._rgb(each.value)}::" for each in self.classes)
        yield Entry("labelmap.txt", "\n".join(["# label:color_rgb:parts:actions", *rows]).encode())

    def _rgb(self, value: int) -> str:
        return ",".join(str(part) for part in self._colors[value])
