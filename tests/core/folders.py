"""Folders to import, as people have them."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from core import masks, pixels
from core.layouts import Known, Layout, Source, named
from core.places import Folder
from core.settings import settings
from tests import factories

ORIENTATION = 0x0112


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def picture(path: Path, *, seed: int | None = None, size: tuple[int, int] = (40, 30)) -> Path:
    """An image file of noise."""
    return write(path, pixels.to_png(factories.picture(*size, seed=seed)))


def mask(path: Path, value: int = 1, *, size: tuple[int, int] = (40, 30)) -> Path:
    """A mask file of one value."""
    return write(path, masks.to_png(np.full(size[::-1], value, np.uint8)))


def classes(root: Path, *names: str) -> Path:
    entries = [{"id": value, "name": name} for value, name in enumerate(names)]
    return write(root / "classes.json", json.dumps({"classes": entries}).encode())


def plain(root: Path) -> Path:
    """Two pool images, one of them labelled, a val and a test image with truth."""
    for name in ("pool/images/a", "pool/images/b", "val/images/c", "test/images/d"):
        picture(root / f"{name}.png")
    for name in ("pool/masks/a", "val/masks/c", "test/masks/d"):
        mask(root / f"{name}.png")
    classes(root, *factories.CLASSES)
    return root


def camvid(root: Path) -> Path:
    """The same, in the other layout."""
    plain(root)
    (root / "pool").rename(root / "train")
    return root


def turned(path: Path, upright: pixels.Pixels) -> Path:
    """A photo that a camera stored on its side, with the note that says so."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    buffer = io.BytesIO()
    stored = np.ascontiguousarray(np.rot90(upright, 1))
    Image.fromarray(stored).save(buffer, "PNG", exif=exif)
    return write(path, buffer.getvalue())


COLORS = ("#4682b4", "#804080", "#00008e")
KNOWN = tuple(Known(i, name, COLORS[i]) for i, name in enumerate(factories.CLASSES))


def decode(data: bytes) -> pixels.Pixels:
    """In this process: limits of its own have tests of their own."""
    return pixels.read_image(data, settings().image_ceiling_px)


def opened(root: Path, layout: str = "plain", classes: Sequence[Known] = KNOWN) -> Layout:
    """The folder, to be imported in a layout."""
    root = root.resolve()
    return named(layout)(Source(root, Folder(root).read, decode, classes))
