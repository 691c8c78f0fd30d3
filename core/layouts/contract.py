"""What a layout is: which files of a folder are images and masks of which split, and how its masks
are to be read.

A file `coverage/{split}/{name}.png` beside any layout says which pixels people were asked for: 255,
and anything else where not. Most formats have one value for all that has no class, and could not
say it themselves.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, NamedTuple

from core import masks
from core.errors import ImageUndecodable
from core.masks import Mask, Size
from core.pixels import Pixels

POOL_VAL_TEST = (("pool", "pool"), ("val", "val"), ("test", "test"))
TRAIN_VAL_TEST = (("train", "pool"), ("val", "val"), ("test", "test"))
COVERAGE = "coverage"

Read = Callable[[Path], bytes]
"""The bytes of a file below the folder, within limits; links to elsewhere are refused."""
Decode = Callable[[bytes], Pixels]
"""(height, width, 3) upright pixels of an image file, within limits."""


@dataclass(frozen=True)
class Found:
    """One image of a folder with its mask, or a mask without an image (`image` is None).

    `part` is its place within the file, where a file holds several. What they hold of a
    dataset's bookkeeping (`entry`) is the layout's own.
    """

    split: str
    name: str
    image: Path | None
    mask: Path | None
    part: int | None = None
    entry: object = field(default=None, repr=False, compare=False)


class Known(NamedTuple):
    """A class of the project, as layouts match it by value, name or colour (`#rrggbb`)."""

    value: int
    name: str
    color: str
    background: bool = False


@dataclass(frozen=True)
class Source:
    """The folder, how to read a file of it and to decode an image, and the project's classes."""

    root: Path
    read: Read
    decode: Decode
    classes: Sequence[Known]

    @property
    def values(self) -> range:
        """The values that a mask may have, besides void and not asked."""
        return range(len(self.classes))

    def by_name(self) -> dict[str, int]:
        """Values by name, without regard to case."""
        return {each.name.casefold(): each.value for each in self.classes}

    def text(self, path: Path) -> str:
        """A small text file. Raises ImageUndecodable when it is no UTF-8."""
        try:
            return self.read(path).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ImageUndecodable(f"{path.name}: expected UTF-8 text.") from None


class Layout(ABC):
    """One import of a folder in one layout; a subclass says where things lie and what they mean."""

    NAME: ClassVar[str]
    # Folders that may hold a tags.csv.
    TAGGED: ClassVar[tuple[tuple[str, str], ...]] = ((".", "pool"), *POOL_VAL_TEST)

    def __init__(self, source: Source) -> None:
        self.source = source

    @classmethod
    @abstractmethod
    def detects(cls, root: Path) -> bool:
        """Whether the folder looks like it; reads no file."""

    @abstractmethod
    def scan(self) -> Iterator[Found]:
        """Every image with its mask, and masks left over, in the order of split and name."""

    def image(self, found: Found) -> Pixels:
        """(height, width, 3) upright pixels."""
        assert found.image is not None
        return self.source.decode(self.source.read(found.image))

    def mask(self, found: Found, size: Size) -> Mask:
        """(height, width) values of the project's classes and void; by default an index PNG's."""
        assert found.mask is not None
        return masks.from_png(self.source.read(found.mask), size, self.source.values)

    def covered_mask(self, found: Found, size: Size) -> Mask:
        """The mask, NOT_ASKED where the coverage beside it says so."""
        mask = self.mask(found, size)
        cover = self.source.root / COVERAGE / found.split / f"{found.name}.png"
        if not cover.is_file():
            return mask
        return masks.uncovered(mask, masks.from_png(self.source.read(cover), size, range(256)))


def pairs(split: str, images: Mapping[str, Path], labelled: Mapping[str, Path]) -> Iterator[Found]:
    """Images with the masks of the same stem, then the masks without an image."""
    for stem, image in images.items():
        yield Found(split, stem, image, labelled.get(stem))
    for stem, mask in labelled.items():
        if stem not in images:
            yield Found(split, stem, None, mask)
