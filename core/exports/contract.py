"""What a format is: the files that an image becomes, and those that tell of all of them.

Most formats have one value for all that has no class. So each archive holds `coverage/` beside
them: 255 where people were asked, 128 what the model completed, 0 for the rest; an image without
such a file was asked for as a whole.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np

from core import masks
from core.errors import ExportRefused
from core.layouts.contract import COVERAGE, TRAIN_VAL_TEST, Known
from core.masks import ASKED, COMPLETED, NOT_ASKED, VOID, Mask

PART = {split: folder for folder, split in TRAIN_VAL_TEST}
"""What most formats call our splits."""


class Entry(NamedTuple):
    """A file of the archive: its bytes, or where they lie."""

    name: str
    content: bytes | Path


@dataclass(frozen=True)
class Item:
    """An image with what is known of its pixels.

    `mask` is what people labelled, NOT_ASKED elsewhere, or None; `predicted` what the model makes
    of the whole image, where the export is to be completed.
    """

    id: int
    split: str
    name: str
    width: int
    height: int
    picture: Callable[[], bytes]
    mask: Mask | None
    predicted: Mask | None = None

    @property
    def part(self) -> str:
        return PART[self.split]

    @property
    def shown(self) -> Mask | None:
        """(height, width) of class values, void and NOT_ASKED, for formats that can say it."""
        if self.mask is None or self.predicted is None:
            return self.predicted if self.mask is None else self.mask
        return np.where(self.mask == NOT_ASKED, self.predicted, self.mask)

    @property
    def labelled(self) -> Mask | None:
        """(height, width) of class values and void: labels, then the model's; None if nothing is
        known of it."""
        shown = self.shown
        return None if shown is None else np.where(shown == NOT_ASKED, np.uint8(VOID), shown)

    @property
    def coverage(self) -> Mask | None:
        """(height, width) of ASKED, COMPLETED and 0; None where people labelled all of it."""
        if self.labelled is None or (self.mask is not None and not (self.mask == NOT_ASKED).any()):
            return None
        rest = np.uint8(0 if self.predicted is None else COMPLETED)
        if self.mask is None:
            return np.full((self.height, self.width), rest, np.uint8)
        return np.where(self.mask == NOT_ASKED, rest, np.uint8(ASKED))


class Format(ABC):
    """One export in one format; a subclass says what an image becomes."""

    NAME: ClassVar[str]
    # Whether images of all splits lie in one folder, so that no two may have one name.
    FLAT: ClassVar[bool] = False

    def __init__(self, classes: Sequence[Known], scratch: Path, *, pictures: bool = True) -> None:
        """`scratch` is an empty folder for what is written at the end."""
        self.classes = classes
        self.scratch = scratch
        self.pictures = pictures
        self._taken: set[str] = set()

    @classmethod  # noqa: B027 - most formats have nothing to refuse
    def check(cls, classes: Sequence[Known]) -> None:
        """Raises ExportRefused for classes that the format cannot tell apart."""

    def entries(self, item: Item) -> Iterator[Entry]:
        """All files of an image. Raises ExportRefused."""
        if self.FLAT and item.name in self._taken:
            raise ExportRefused(
                f"Two images are named {item.name}, in two splits, and {self.NAME} has one folder "
                "for all; choose another format."
            )
        self._taken.update([item.name] if self.FLAT else [])
        yield from self.item(item)
        if (coverage := item.coverage) is not None:
            yield Entry(f"{COVERAGE}/{item.split}/{item.name}.png", masks.to_png(coverage))

    @abstractmethod
    def item(self, item: Item) -> Iterator[Entry]:
        """The format's own files of an image."""

    def end(self) -> Iterator[Entry]:
        """The files that tell of all images."""
        yield from ()

    def picture(self, item: Item, name: str) -> Iterator[Entry]:
        if self.pictures:
            yield Entry(name, item.picture())


class Lists:
    """Lines for each split, written to files as they come."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def add(self, name: str, line: str) -> None:
        with (self._scratch / name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def entries(self, folder: str = "") -> Iterator[Entry]:
        for path in sorted(self._scratch.glob("*.txt")):
            yield Entry(f"{folder}{path.name}", path)
