"""Masks: (height, width) uint8 arrays of class values, VOID and NOT_ASKED.

Values are read exactly as the file holds them, never through a conversion of the image mode:
converting a palette image turns class 1 into the grey of its colour. Only what is asked for as
colours is read as colours.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import (
    ImageUndecodable,
    Invalid,
    MaskNotIndexed,
    MaskSizeMismatch,
    UnknownClass,
    UnsupportedMediaType,
)
from core.pixels import decode, open_image
from core.pixels import to_png as pixels_to_png

Mask = NDArray[np.uint8]

NOT_ASKED = 254
VOID = 255

# What a coverage says of a pixel beside masks whose format cannot: people were asked; a model has
# completed it. Anything else: neither.
ASKED, COMPLETED = 255, 128


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Coverage(NamedTuple):
    """How many pixels of a mask have a class, are void, or were not asked."""

    labelled: int
    void: int
    not_asked: int


def coverage(mask: Mask) -> Coverage:
    """Count the three kinds of pixels."""
    void = int(np.count_nonzero(mask == VOID))
    not_asked = int(np.count_nonzero(mask == NOT_ASKED))
    return Coverage(mask.size - void - not_asked, void, not_asked)


def asked_px(mask: Mask) -> int | None:
    """How many pixels people were asked for, where that is not all of them; None where it is."""
    found = coverage(mask)
    return None if found.not_asked == 0 else found.labelled + found.void


def from_png(data: bytes, size: Size, classes: Collection[int]) -> Mask:
    """The mask in an index PNG: single-channel or palette, read as exact values."""
    if data[:3] == b"\xff\xd8\xff":
        raise UnsupportedMediaType(
            "Expected an index PNG, and a JPEG was given: its compression changes class values."
        )
    # A mask may not be larger than what it labels, so that is the ceiling; but the size is
    # worth an error of its own.
    image = open_image(data, ceiling_px=2**31, formats=("PNG",))
    _check_size(Size(*image.size), size)
    if image.mode not in ("1", "L", "P", "I;16", "I"):
        raise MaskNotIndexed(
            f"Expected one channel of class values, and the mask has mode {image.mode}. "
            "Convert colours to class values first."
        )
    return checked(_exact(np.asarray(decode(image)), data), classes)


def colours(data: bytes, size: Size) -> NDArray[np.uint8]:
    """(height, width, 3) colours of a PNG, for what marks classes by them."""
    image = open_image(data, ceiling_px=2**31, formats=("PNG",))
    _check_size(Size(*image.size), size)
    if image.mode not in ("RGB", "RGBA", "P"):
        raise MaskNotIndexed(f"Expected a mask of colours, and it has mode {image.mode}.")
    return np.asarray(decode(image).convert("RGB"))


def from_bytes(data: bytes, size: Size, classes: Collection[int]) -> Mask:
    """The mask in one byte per pixel, row by row."""
    if len(data) != size.width * size.height:
        raise MaskSizeMismatch(
            f"Expected {size.width * size.height} bytes for {size}, and {len(data)} were given.",
            expected={"width": size.width, "height": size.height},
            given={"bytes": len(data)},
        )
    return checked(np.frombuffer(data, np.uint8).reshape(size.height, size.width), classes)


def filled(value: int, size: Size, classes: Collection[int]) -> Mask:
    """The mask whose every pixel has `value`, a class or VOID."""
    if value not in classes and value != VOID:
        raise UnknownClass(_unknown(value, classes), value=value)
    return np.full((size.height, size.width), value, np.uint8)


def stored(data: bytes) -> Mask:
    """The mask in a PNG that `to_png` has written."""
    return np.asarray(decode(open_image(data, ceiling_px=2**31, formats=("PNG",))))


def _check_size(given: Size, expected: Size) -> None:
    if given != expected:
        raise MaskSizeMismatch(
            f"Expected {expected} pixels, and the mask has {given}.",
            expected=expected._asdict(),
            given=given._asdict(),
        )


def _exact(values: NDArray[np.generic], png: bytes) -> NDArray[np.int64]:
    """Undo Pillow's stretching of 2- and 4-bit greyscale to the range 0..255."""
    if png[12:16] != b"IHDR":
        raise ImageUndecodable("A PNG starts with its header, and this one with another chunk.")
    depth, colour_type = png[24], png[25]
    stretch = {2: 85, 4: 17}.get(depth, 1) if colour_type == 0 else 1
    return values.astype(np.int64) // stretch


def checked(values: NDArray[np.integer], classes: Collection[int]) -> Mask:
    """The mask of these values, all of which it may have. Raises UnknownClass, Invalid."""
    allowed = _among(values, [*classes, VOID, NOT_ASKED])
    if not allowed.all():
        y, x = (int(i) for i in np.argwhere(~allowed)[0])
        value = int(values[y, x])
        raise UnknownClass(
            f"{_unknown(value, classes)} First at x={x}, y={y}.", value=value, x=x, y=y
        )
    return _labelling(values.astype(np.uint8))


def _among(values: NDArray[np.integer], known: list[int]) -> NDArray[np.bool_]:
    """Whether each value is one of the known ones, all of which fit a byte."""
    if values.dtype != np.uint8:
        return np.isin(values, known)
    table: NDArray[np.bool_] = np.zeros(256, bool)
    table[known] = True
    return np.take(table, values)


def uncovered(mask: Mask, coverage: Mask) -> Mask:
    """The mask, NOT_ASKED where the coverage says that people were not.

    Raises Invalid where nothing is left.
    """
    return _labelling(np.where(coverage == ASKED, mask, np.uint8(NOT_ASKED)))


def _labelling(mask: Mask) -> Mask:
    if (mask == NOT_ASKED).all():
        raise Invalid("The mask labels nothing: all its pixels are NOT_ASKED (254). Label one.")
    return mask


def _unknown(value: int, classes: Collection[int]) -> str:
    known = ", ".join(map(str, sorted(classes)))
    return f"Expected one of the classes {known}, or {VOID} for void; {value} was given."


def to_png(mask: Mask) -> bytes:
    """The mask as a single-channel PNG of class values."""
    return pixels_to_png(mask)
