"""Rectangles of stored images as PNG, with the last decoded images kept within a byte budget."""

import hashlib
import threading
from collections import OrderedDict
from typing import NamedTuple

from core.models import Image, Region
from core.pixels import Pixels, read_image, to_png
from core.settings import settings
from core.store import Store

KEPT_BYTES = 256 * 2**20


class Box(NamedTuple):
    """A rectangle in native pixels."""

    left: int
    top: int
    width: int
    height: int


def box_of(region: Region) -> Box:
    """The region's own rectangle."""
    return Box(region.left, region.top, region.width, region.height)


def around(region: Region, image: Image, margin_px: int) -> Box:
    """The region and `margin_px` on each side, as far as the image goes."""
    left, top = max(0, region.left - margin_px), max(0, region.top - margin_px)
    right = min(image.width, region.left + region.width + margin_px)
    bottom = min(image.height, region.top + region.height + margin_px)
    return Box(left, top, right - left, bottom - top)


def tag(key: str, box: Box) -> str:
    """An entity tag: the same file and rectangle are the same bytes for ever."""
    return hashlib.sha256(f"{key} {tuple(box)}".encode()).hexdigest()[:32]


class Crops:
    """Annotators work on several regions of an image in turn, so decoding once pays."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._images: OrderedDict[str, Pixels] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def png(self, store: Store, image: Image, box: Box) -> bytes:
        """The rectangle of the image as an RGB PNG."""
        pixels = self._decoded(store, image.key)
        return to_png(
            pixels[box.top : box.top + box.height, box.left : box.left + box.width].copy()
        )

    def _decoded(self, store: Store, key: str) -> Pixels:
        with self._lock:
            if key in self._images:
                self._images.move_to_end(key)
                return self._images[key]
        # Two threads may decode the same image at once; that costs time only.
        pixels = read_image(store.read(key), settings().image_ceiling_px)
        self._keep(key, pixels)
        return pixels

    def _keep(self, key: str, pixels: Pixels) -> None:
        with self._lock:
            if key not in self._images and pixels.nbytes <= self._kept_bytes:
                self._images[key] = pixels
                self._bytes += pixels.nbytes
            while self._bytes > self._kept_bytes:
                _, oldest = self._images.popitem(last=False)
                self._bytes -= oldest.nbytes
