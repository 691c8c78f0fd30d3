"""Masks as colours and with palettes."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core import pixels
from core.errors import ExportRefused
from core.layouts.contract import Known
from core.layouts.palettes import BLACK, rgb_of
from core.masks import Mask


def voc_colors() -> NDArray[np.uint8]:
    """(256, 3): the bits of an index spread over red, green and blue, as VOC's devkit does it."""
    index = np.arange(256)
    colors = np.zeros((256, 3), np.uint8)
    for shift in range(8):
        for channel in range(3):
            bit = (index >> (3 * shift + channel)) & 1
            colors[:, channel] |= (bit << (7 - shift)).astype(np.uint8)
    return colors


def with_palette(mask: Mask, colors: NDArray[np.uint8]) -> bytes:
    """A palette PNG whose indices are the mask's values."""
    image = Image.fromarray(mask, "P")
    image.putpalette(colors.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def colored(mask: Mask, classes: Sequence[Known]) -> bytes:
    """A PNG of the classes' own colours; black where there is none."""
    table = np.zeros((256, 3), np.uint8)
    for each in classes:
        table[each.value] = rgb_of(each.color)
    return pixels.to_png(table[mask])


def check_colors(classes: Sequence[Known]) -> None:
    """Raises ExportRefused unless each class has a colour of its own, other than black."""
    colors = [rgb_of(each.color) for each in classes]
    twice = [each.name for each in classes if colors.count(rgb_of(each.color)) > 1]
    black = [each.name for each in classes if rgb_of(each.color) == BLACK]
    if twice or black:
        raise ExportRefused(
            "This format tells classes apart by their colours, and black is void: change those of "
            f"{', '.join([*twice, *black])}."
        )
