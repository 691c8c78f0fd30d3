"""Masks whose pixels are colours: each colour is one class, exactly."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from core import masks
from core.errors import UnknownClass
from core.masks import VOID, Mask, Size

BLACK = (0, 0, 0)

Rgb = tuple[int, int, int]
Colors = Mapping[Rgb, int]
"""Values by colour; VOID among them."""


def rgb_of(color: str) -> Rgb:
    """Of `#rrggbb`."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def from_png(data: bytes, size: Size, colors: Colors) -> Mask:
    """The mask in a PNG of colours. Raises UnknownClass for a colour that stands for nothing."""
    return from_pixels(masks.colours(data, size), colors)


def from_pixels(pixels: NDArray[np.uint8], colors: Colors) -> Mask:
    """(height, width) values of (height, width, 3) colours."""
    found, places = np.unique(packed(pixels), return_inverse=True)
    values = np.array([_value(int(each), colors) for each in found], np.int64)
    mask = values[places.reshape(pixels.shape[:2])]
    if (mask < 0).any():
        y, x = (int(i) for i in np.argwhere(mask < 0)[0])
        color = "#" + "".join(f"{int(part):02x}" for part in pixels[y, x])
        raise UnknownClass(
            f"The colour {color} stands for no class of the project. First at x={x}, y={y}.",
            color=color,
        )
    return mask.astype(np.uint8)


def _value(color: int, colors: Colors) -> int:
    return colors.get((color >> 16, color >> 8 & 255, color & 255), -1)


def packed(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """(height, width) of one number for each colour: red in the highest byte."""
    red, green, blue = (pixels[..., i].astype(np.uint32) for i in range(3))
    return np.asarray(red << 16 | green << 8 | blue)


def from_names(lines: Iterable[tuple[Rgb, str]], by_name: Mapping[str, int]) -> dict[Rgb, int]:
    """Of a dataset's own table of colours, what the project has classes for; void by its name."""
    known = {"void": VOID, "unlabelled": VOID, "unlabeled": VOID} | dict(by_name)
    return {rgb: known[name.casefold()] for rgb, name in lines if name.casefold() in known}
