"""`camvid-lists`: CamVid as SegNet published it, with list files and index masks.

`train.txt`, `val.txt`, `test.txt` name an image and its mask on each line, as
`/SegNet/CamVid/train/a.png /SegNet/CamVid/trainannot/a.png`; only the last two parts count. Without
a list, files of one stem belong together.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from core import masks
from core.layouts.contract import TRAIN_VAL_TEST, Found, Layout, pairs
from core.layouts.listing import by_stem
from core.masks import VOID, Mask, Size


class CamVidLists(Layout):
    """Lists of pairs; the value behind the last class is void, as 11 is in the published masks."""

    NAME = "camvid-lists"

    @classmethod
    def detects(cls, root: Path) -> bool:
        return any((root / f"{folder}annot").is_dir() for folder, _ in TRAIN_VAL_TEST)

    def scan(self) -> Iterator[Found]:
        for folder, split in TRAIN_VAL_TEST:
            listed = self.source.root / f"{folder}.txt"
            if listed.is_file():
                lines = filter(None, map(str.strip, self.source.text(listed).splitlines()))
                yield from (self._pair(split, line) for line in lines)
            else:
                place = self.source.root
                yield from pairs(split, by_stem(place / folder), by_stem(place / f"{folder}annot"))

    def _pair(self, split: str, line: str) -> Found:
        files = [self.source.root / _last_two(each) for each in line.split()]
        image, mask = files[0], files[1] if len(files) > 1 else None
        return Found(split, image.stem, image, mask)

    def mask(self, found: Found, size: Size) -> Mask:
        assert found.mask is not None
        void = len(self.source.classes)
        data = self.source.read(found.mask)
        mask = masks.from_png(data, size, range(void + 1))
        return np.where(mask == void, np.uint8(VOID), mask)


def _last_two(path: str) -> Path:
    """Without steps upwards: what the line may name lies below the folder."""
    parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..")]
    return Path(*parts[-2:])
