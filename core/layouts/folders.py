"""`plain` and `camvid`: a folder of images and one of masks for each split, paired by stem."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from core.layouts.contract import (
    POOL_VAL_TEST,
    TRAIN_VAL_TEST,
    Found,
    Layout,
    pairs,
)
from core.layouts.listing import by_stem


class Plain(Layout):
    """{pool,val,test}/{images,masks}, or images/ and masks/ alone for the pool."""

    NAME = "plain"
    FOLDERS: ClassVar[tuple[tuple[str, str], ...]] = ((".", "pool"), *POOL_VAL_TEST)

    @classmethod
    def detects(cls, root: Path) -> bool:
        return any((root / folder / "images").is_dir() for folder, _ in cls.FOLDERS)

    def scan(self) -> Iterator[Found]:
        for folder, split in self.FOLDERS:
            place = self.source.root / folder
            yield from pairs(split, by_stem(place / "images"), by_stem(place / "masks"))


class CamVid(Plain):
    """{train,val,test}/{images,masks}; train is the pool."""

    NAME = "camvid"
    FOLDERS = TAGGED = TRAIN_VAL_TEST

    @classmethod
    def detects(cls, root: Path) -> bool:
        return (root / "train" / "images").is_dir()
