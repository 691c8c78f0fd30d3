"""From the painted street to a photograph and its label: fog, exposure, blur, noise, void seams."""

import numpy as np
from PIL import Image, ImageFilter

from tessera.scenes.backdrop import FOG
from tessera.scenes.canvas import Canvas, Floats
from tessera.scenes.classes import VOID
from tessera.scenes.street import Light

SUPERSAMPLE = 2


def photograph(canvas: Canvas, light: Light, rng: np.random.Generator) -> Image.Image:
    """The picture at the final size, 8 bits a channel."""
    rgb = _blurred(_shrunk(_foggy(canvas, light)), rng)
    rgb = rgb * light.tint * light.exposure
    rgb = np.clip(rgb, 0, None) ** rng.uniform(0.85, 1.2)
    rgb += _vignette(rgb.shape[:2], rng.uniform(0, 0.12))
    # sensors are noisier in the dark, where exposure had to be won by gain
    grain = rng.uniform(0.006, 0.025) / max(light.exposure, 0.4)
    rgb += rng.standard_normal(rgb.shape, np.float32) * grain
    return Image.fromarray((np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8))


def labelled(canvas: Canvas, rng: np.random.Generator) -> Image.Image:
    """Class ids at the final size; people leave parts of the borders between classes open."""
    label = canvas.label[::SUPERSAMPLE, ::SUPERSAMPLE].copy()
    seam = np.zeros(label.shape, bool)
    seam[:, 1:] |= label[:, 1:] != label[:, :-1]
    seam[1:] |= label[1:] != label[:-1]
    step = rng.integers(256, size=2)
    rows, columns = np.indices(label.shape)
    careless = canvas.grain[(rows * 2 + step[0]) % 256, (columns * 2 + step[1]) % 256] > 0.5
    label[seam & careless] = VOID
    return Image.fromarray(label)


def _foggy(canvas: Canvas, light: Light) -> Floats:
    depth = np.where(np.isinf(canvas.depth), 0, canvas.depth)
    veil = 1 - np.exp(-depth / light.fog_m)
    return np.asarray(
        canvas.rgb + (np.array(FOG, np.float32) - canvas.rgb) * veil[..., None], np.float32
    )


def _shrunk(rgb: Floats) -> Floats:
    height, width = rgb.shape[0] // SUPERSAMPLE, rgb.shape[1] // SUPERSAMPLE
    cells = rgb.reshape(height, SUPERSAMPLE, width, SUPERSAMPLE, 3)
    mean: Floats = cells.mean(axis=(1, 3))
    return mean


def _blurred(rgb: Floats, rng: np.random.Generator) -> Floats:
    """Defocus of a few tenths of a pixel, and on some pictures a sideways shake."""
    photo = Image.fromarray((np.clip(rgb, 0, 1) * 255).astype(np.uint8))
    photo = photo.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.8)))
    soft = np.asarray(photo, np.float32) / 255
    if rng.random() < 0.2:
        shake_px = int(rng.integers(1, 3))
        soft = np.mean([np.roll(soft, by, axis=1) for by in range(shake_px + 1)], axis=0)
    return np.asarray(soft, np.float32)


def _vignette(size_px: tuple[int, int], strength: float) -> Floats:
    rows, columns = (np.linspace(-1, 1, count, dtype=np.float32) for count in size_px)
    return -strength * (rows[:, None, None] ** 2 + columns[None, :, None] ** 2)
