"""Views of images: scale, crop and flip of arrays.

Plain slicing and one resize per image instead of kornia's batched warps: several times faster on
a CPU, and every draw comes from the caller's generator. Bytes stay bytes here: a GPU is sent a
quarter of what floats would be.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from ml.recipe import Augmentation
from ml.types import NOT_ASKED, Mask, Rgb, ScaledRgb

PADDING = 128
"""The middle of the range, where the network sees nothing."""


@dataclass(frozen=True)
class View:
    """One image's crop: pixels, labels (NOT_ASKED on padding), and what is no padding."""

    pixels: UInt8[np.ndarray, "h w 3"]
    labels: UInt8[np.ndarray, "h w"]
    inside: Bool[np.ndarray, "h w"]
    frame: "Frame"


@dataclass(frozen=True)
class Window:
    """A rectangle of the source image; it may reach outside."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class Frame:
    """Where a view comes from: its window of an image of `size` (height, width)."""

    window: Window
    size: tuple[int, int]
    mirrored: bool = False


def view(image: Rgb, labels: Mask, window: Window, crop: tuple[int, int]) -> View:
    """The window of the image, resized to the crop; nearest for labels, bilinear for pixels
    (antialiased where it shrinks)."""
    rows = _nearest(window.top, window.height, crop[0])
    columns = _nearest(window.left, window.width, crop[1])
    inside = _within(rows, labels.shape[0])[:, None] & _within(columns, labels.shape[1])
    seen = labels[rows.clip(0, labels.shape[0] - 1)][:, columns.clip(0, labels.shape[1] - 1)]
    pixels = _cut(image, window)
    if pixels.shape[:2] != crop:
        resized = Image.fromarray(pixels).resize(crop[::-1], Image.Resampling.BILINEAR)
        pixels = np.asarray(resized)
    height, width = labels.shape
    frame = Frame(window, (height, width))
    return View(pixels, np.where(inside, seen, np.uint8(NOT_ASKED)), inside, frame)


def mirrored(seen: View) -> View:
    frame = replace(seen.frame, mirrored=not seen.frame.mirrored)
    return View(seen.pixels[:, ::-1], seen.labels[:, ::-1], seen.inside[:, ::-1], frame)


def draw_window(
    size: tuple[int, int],
    crop: tuple[int, int],
    settings: Augmentation,
    rng: np.random.Generator,
    *,
    anchor: tuple[int, int] | None = None,
) -> Window:
    """A window of crop / scale pixels, anywhere in the image, or anywhere around the anchor.

    An image smaller than the window is placed anywhere inside it (the rest is padding).
    """
    zoom = rng.uniform(settings.scale_min, settings.scale_max)
    height, width = (max(1, round(side / zoom)) for side in crop)
    top = _place(size[0], height, None if anchor is None else anchor[0], rng)
    left = _place(size[1], width, None if anchor is None else anchor[1], rng)
    return Window(top, left, height, width)


def _place(size: int, length: int, anchor: int | None, rng: np.random.Generator) -> int:
    low, high = min(0, size - length), max(0, size - length)
    if anchor is not None and length < size:
        low, high = max(low, anchor - length + 1), min(high, anchor)
    return int(rng.integers(low, high + 1))


def _nearest(first: int, length: int, count: int) -> np.ndarray:
    """The source place of each of `count` pixels: that under its middle."""
    return first + ((2 * np.arange(count) + 1) * length) // (2 * count)


def _within(places: np.ndarray, size: int) -> np.ndarray:
    return (places >= 0) & (places < size)


def _cut(image: Rgb, window: Window) -> ScaledRgb:
    """The window's pixels, PADDING where it lies outside."""
    top, left = max(window.top, 0), max(window.left, 0)
    bottom, right = max(window.top + window.height, 0), max(window.left + window.width, 0)
    part = image[top:bottom, left:right]
    if part.shape[:2] == (window.height, window.width):
        return np.ascontiguousarray(part)
    whole = np.full((window.height, window.width, 3), PADDING, dtype=np.uint8)
    if part.size:
        row, column = top - window.top, left - window.left
        whole[row : row + part.shape[0], column : column + part.shape[1]] = part
    return whole
