"""`camvid-lists` with index masks and list files, and `camvid-color` with masks in colours."""

from collections.abc import Iterator, Sequence
from typing import Any

from core import masks
from core.exports import palette
from core.exports.contract import Entry, Format, Item, Lists
from core.layouts.camvid_color import COLORS, ENDING, IMAGES, MASKS
from core.layouts.contract import Known
from core.layouts.palettes import rgb_of


class CamVidLists(Format):
    NAME = "camvid-lists"

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._lists = Lists(self.scratch)

    def item(self, item: Item) -> Iterator[Entry]:
        image, mask = item.labelled, f"{item.part}annot/{item.name}.png"
        line = f"/{item.part}/{item.name}.png" + ("" if image is None else f" /{mask}")
        self._lists.add(f"{item.part}.txt", line)
        yield from self.picture(item, f"{item.part}/{item.name}.png")
        if image is not None:
            yield Entry(mask, masks.to_png(image))

    def end(self) -> Iterator[Entry]:
        yield from self._lists.entries()


class CamVidColor(Format):
    NAME = "camvid-color"
    FLAT = True

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._lists = Lists(self.scratch)

    @classmethod
    def check(cls, classes: Sequence[Known]) -> None:
        palette.check_colors(classes)

    def item(self, item: Item) -> Iterator[Entry]:
        self._lists.add(f"{item.part}.txt", item.name)
        yield from self.picture(item, f"{IMAGES}/{item.name}.png")
        if (mask := item.labelled) is not None:
            png = palette.colored(mask, self.classes)
            yield Entry(f"{MASKS}/{item.name}{ENDING}.png", png)

    def end(self) -> Iterator[Entry]:
        yield from self._lists.entries()
        rows = [(rgb_of(each.color), each.name) for each in self.classes]
        lines = [f"{red} {green} {blue}\t{name}" for (red, green, blue), name in rows]
        yield Entry(COLORS, "\n".join([*lines, "0 0 0\tVoid", ""]).encode())
