"""The superpixels of a region as bytes, with the last ones kept within a byte budget."""

from typing import NamedTuple

from core import boxes, masks, superpixels
from core.kept import Kept
from core.models import Image, Region
from core.store import Store
from server import crops
from server.crops import Crops

KEPT_BYTES = 64 * 2**20


class Wanted(NamedTuple):
    """A side in pixels, and the stored suggestion that no segment may cross."""

    size_px: int
    suggestion_key: str | None

    def tag(self, region: Region, image: Image) -> str:
        """The same pixels and wishes give the same segments."""
        return crops.tag("slic", image.key, boxes.box_of(region), *self)


class Numbered(NamedTuple):
    """uint16 little-endian ids row by row, and how many there are."""

    ids: bytes
    number: int


class Segmented:
    """A page asks for the segments of the same region with and without the suggestion, twice."""

    def __init__(self, cut: Crops, kept_bytes: int = KEPT_BYTES) -> None:
        self._cut = cut
        self._kept: Kept[Numbered] = Kept(kept_bytes, lambda numbered: len(numbered.ids))

    def of(self, store: Store, region: Region, image: Image, wanted: Wanted) -> Numbered:
        """The region's segments. Raises Invalid for too many of them."""
        return self._kept.get(
            wanted.tag(region, image), lambda: self._made(store, region, image, wanted)
        )

    def _made(self, store: Store, region: Region, image: Image, wanted: Wanted) -> Numbered:
        # One segment more on each side, so that the region's edge does not shape those inside.
        window = boxes.around(region, image, wanted.size_px)
        suggested = None
        if wanted.suggestion_key is not None:
            suggested = masks.stored(store.read(wanted.suggestion_key))
        ids = superpixels.segments(
            self._cut.pixels(store, image, window),
            boxes.box_of(region).within(window).slices,
            size_px=wanted.size_px,
            suggestion=suggested,
        )
        return Numbered(ids.astype("<u2").tobytes(), int(ids.max()) + 1)
