"""What a scene is painted on: colours, labels and depth of every pixel, with a depth test.

Things may be painted in any order, since a nearer pixel always wins.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Ids = NDArray[np.integer[Any]]
Paint = tuple[float, float, float] | Floats

GRAIN_PX = 256


@dataclass(frozen=True)
class Canvas:
    """rgb (H, W, 3) in 0..1, label (H, W) of class ids, depth (H, W) in metres: all written to."""

    rgb: Floats
    label: NDArray[np.uint8]
    depth: Floats
    grain: Floats  # (GRAIN_PX, GRAIN_PX), mean 0, tileable


def fill(
    canvas: Canvas,
    outline_px: Floats,
    depth_m: float,
    *,
    label: int,
    paint: Paint,
    rough: float = 0.08,
) -> None:
    """Fill a polygon (N, 2) of x, y pixels; `rough` is the strength of its grain."""
    box = clipped_box(canvas, outline_px)
    if box is None:
        return
    top, bottom, left, right = box
    stencil = Image.new("1", (right - left, bottom - top))
    corners = [(float(x) - left, float(y) - top) for x, y in outline_px]
    ImageDraw.Draw(stencil).polygon(corners, fill=1)
    stamp(canvas, (top, left), np.asarray(stencil), depth_m, label=label, paint=paint, rough=rough)


def stamp(
    canvas: Canvas,
    corner: tuple[int, int],
    mask: Mask,
    depth_m: float,
    *,
    label: int,
    paint: Paint,
    rough: float = 0.08,
) -> None:
    """Paint where `mask` (h, w) holds and nothing nearer is; `corner` is its top and left."""
    (top, left), (height, width) = corner, mask.shape
    here = np.s_[top : top + height, left : left + width]
    visible = mask & (canvas.depth[here] > depth_m)
    rows, columns = np.nonzero(visible)
    grain = canvas.grain[(rows + top) * 3 % GRAIN_PX, (columns + left) * 3 % GRAIN_PX]
    colours = np.asarray(paint, np.float32)
    if colours.ndim == 3:
        colours = colours[visible]
    canvas.rgb[here][visible] = colours * (1 + rough * grain[:, None])
    canvas.label[here][visible] = label
    canvas.depth[here][visible] = depth_m


def darken(canvas: Canvas, outline_px: Floats, share: float) -> None:
    """Multiply what lies inside a polygon by `share`: a shadow on the ground."""
    box = clipped_box(canvas, outline_px)
    if box is None:
        return
    top, bottom, left, right = box
    stencil = Image.new("1", (right - left, bottom - top))
    corners = [(float(x) - left, float(y) - top) for x, y in outline_px]
    ImageDraw.Draw(stencil).polygon(corners, fill=1)
    canvas.rgb[top:bottom, left:right][np.asarray(stencil)] *= share


def noise_tile(rng: np.random.Generator, octaves: tuple[int, ...] = (8, 16, 32, 64, 128)) -> Floats:
    """Tileable noise (GRAIN_PX, GRAIN_PX) of mean 0 and deviation 1, coarse octaves strongest."""
    total = np.zeros((GRAIN_PX, GRAIN_PX), np.float32)
    for cells in octaves:
        total += _octave(rng, cells) / np.sqrt(cells)
    even: Floats = (total - total.mean()) / total.std()
    return even


def _octave(rng: np.random.Generator, cells: int) -> Floats:
    knots = np.pad(rng.standard_normal((cells, cells)).astype(np.float32), (0, 1), mode="wrap")
    at = np.arange(GRAIN_PX, dtype=np.float32) * (cells / GRAIN_PX)
    low: Ids = at.astype(np.intp)
    part = at - low
    rows = knots[low] * (1 - part)[:, None] + knots[low + 1] * part[:, None]
    blended: Floats = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    return blended


def clipped_box(canvas: Canvas, outline_px: Floats) -> tuple[int, int, int, int] | None:
    """Top, bottom, left and right around an outline, cut at the picture; None when outside."""
    height, width = canvas.label.shape
    left, top = np.floor(outline_px.min(axis=0)).astype(int)
    right, bottom = np.ceil(outline_px.max(axis=0)).astype(int) + 1
    top, bottom = max(int(top), 0), min(int(bottom), height)
    left, right = max(int(left), 0), min(int(right), width)
    if top >= bottom or left >= right:
        return None
    return top, bottom, left, right
