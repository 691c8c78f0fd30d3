"""Rectangles of stored images as PNG, with the last decoded images kept within a byte budget."""

import hashlib

from core import linked
from core.boxes import Box
from core.kept import Kept
from core.models import Image
from core.pixels import Pixels, to_png
from core.store import Store

KEPT_BYTES = 256 * 2**20


def tag(*parts: object) -> str:
    """An entity tag: the same file, rectangle and wishes are the same bytes for ever."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


class Crops:
    """Annotators work on several regions of an image in turn, so decoding once pays."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._images: Kept[Pixels] = Kept(kept_bytes, lambda pixels: pixels.nbytes)

    def png(self, store: Store, image: Image, box: Box) -> bytes:
        """The rectangle of the image as an RGB PNG."""
        return to_png(self.pixels(store, image, box))

    def pixels(self, store: Store, image: Image, box: Box) -> Pixels:
        """The rectangle of the image, (height, width, 3)."""
        whole = self._images.get(image.key, lambda: linked.picture(store, image.key))
        return whole[box.slices].copy()
