"""`camvid-color`: CamVid as Cambridge published it, masks in colours.

`701_StillsRaw_full/a.png` and `LabeledApproved_full/a_L.png`; `label_colors.txt` names the colours.
`train.txt`, `val.txt` and `test.txt` may list the stems of each split, else all are the pool.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from core.layouts import palettes
from core.layouts.contract import TRAIN_VAL_TEST, Found, Layout
from core.layouts.listing import by_stem
from core.layouts.palettes import BLACK, Rgb
from core.masks import VOID, Mask, Size

IMAGES, MASKS, COLORS, ENDING = (
    "701_StillsRaw_full",
    "LabeledApproved_full",
    "label_colors.txt",
    "_L",
)


class CamVidColor(Layout):
    """Colours mean the project's class of that colour, or of the name that the table gives."""

    NAME = "camvid-color"

    @classmethod
    def detects(cls, root: Path) -> bool:
        return (root / IMAGES).is_dir() or (root / MASKS).is_dir()

    def scan(self) -> Iterator[Found]:
        images, splits = by_stem(self.source.root / IMAGES), self._splits()
        labelled = by_stem(self.source.root / MASKS, ENDING)
        for stem in [*images, *(each for each in labelled if each not in images)]:
            yield Found(splits.get(stem, "pool"), stem, images.get(stem), labelled.get(stem))

    def _splits(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for folder, split in TRAIN_VAL_TEST:
            listed = self.source.root / f"{folder}.txt"
            if listed.is_file():
                lines = self.source.text(listed).split()
                found |= {_stem(line): split for line in lines}
        return found

    @cached_property
    def _colors(self) -> dict[Rgb, int]:
        own = {palettes.rgb_of(each.color): each.value for each in self.source.classes}
        table = self.source.root / COLORS
        lines = _table(self.source.text(table)) if table.is_file() else ()
        return {BLACK: VOID} | own | palettes.from_names(lines, self.source.by_name())

    def mask(self, found: Found, size: Size) -> Mask:
        assert found.mask is not None
        return palettes.from_png(self.source.read(found.mask), size, self._colors)


def _stem(line: str) -> str:
    name = PurePosixPath(line)
    return name.stem if name.suffix.lower() == ".png" else name.name


def _table(text: str) -> Iterator[tuple[Rgb, str]]:
    """Lines as `64 128 64<tab>Animal`; others are left alone."""
    for line in text.splitlines():
        parts = line.split(maxsplit=3)
        if len(parts) == 4 and all(part.isdecimal() and int(part) < 256 for part in parts[:3]):
            yield (int(parts[0]), int(parts[1]), int(parts[2])), parts[3].strip()
