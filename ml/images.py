"""Images and label maps from files: exact class ids, checked sizes, typed refusals.

What was decoded once is read from the cache (`ml.cache`). An image's file may be a link to an
object of a bucket (`ml.linked`).
"""

import io
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps

from ml import cache, linked
from ml.errors import Failure
from ml.resize import scaled, scaled_labels
from ml.spec import ImageItem, Patch
from ml.types import MAX_CLASSES, NOT_ASKED, VOID, Mask, Rgb

Found = TypeVar("Found")

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
MASK_FORMATS = ("PNG", "TIFF", "BMP")
"""Without loss: a JPEG of class ids holds other ids."""
INDEX_MODES = ("1", "L", "P", "I;16")
DEEP_GREYS = ("I", "I;16", "I;16B")
"""Modes of 16-bit images in grey."""


def read_rgb(item: ImageItem, scale: float = 1.0) -> Rgb:
    """Upright, at `scale`; of 16-bit channels the upper 8 bits.

    Raises Failure `unreadable_image` when the file is missing, broken or of another size.
    """
    about = (_digest(item.path), item.width, item.height, scale)
    return cache.shared().array(cache.name("rgb", *about), lambda: scaled(_rgb(item), scale))


def read_labels(item: ImageItem, classes: int = MAX_CLASSES, scale: float = 1.0) -> Mask:
    """NOT_ASKED, then the whole mask, then the patches; ids in a patch win over what is below.

    A NOT_ASKED pixel of a patch leaves what is below it. Raises Failure `unreadable_image` for
    files and `bad_spec` for ids outside 0..classes-1, NOT_ASKED and VOID.
    """

    def make() -> Mask:
        return scaled_labels(_labels(item, classes), scale)

    if item.mask_path is None and not item.patches:
        return make()
    boxes = [(_digest(p.path), p.left, p.top, p.width, p.height) for p in item.patches]
    mask = item.mask_path and _digest(item.mask_path)
    about = (mask, boxes, item.width, item.height, classes, scale)
    return cache.shared().array(cache.name("labels", *about), make)


def upright_size(path: str) -> tuple[int, int]:
    """(width, height) as `read_rgb` wants it said, of the file's head alone.

    Raises Failure `unreadable_image`.
    """

    def size() -> tuple[int, int]:
        with Image.open(path, formats=FORMATS) as picture:
            turned = picture.getexif().get(ORIENTATION, 1) in TURNED
            return picture.size[::-1] if turned else picture.size

    return _reading(path, size)


ORIENTATION, TURNED = 0x0112, range(5, 9)
"""The EXIF tag, and its values for a picture that lies on its side."""


def _rgb(item: ImageItem) -> Rgb:
    def load() -> Image.Image:
        with Image.open(io.BytesIO(linked.file_of(item.path)), formats=FORMATS) as picture:
            return ImageOps.exif_transpose(picture)

    picture = _reading(item.path, load)
    _check_size(item.path, picture, (item.width, item.height))
    if picture.mode == "F":
        raise Failure(
            "unreadable_image",
            f"{item.path} holds floating-point values; expected 8 or 16 bits a channel",
        )
    if picture.mode in DEEP_GREYS:
        grey = (np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def _labels(item: ImageItem, classes: int) -> Mask:
    labels = np.full((item.height, item.width), NOT_ASKED, dtype=np.uint8)
    if item.mask_path is not None:
        labels[:] = _read_index(item.mask_path, (item.width, item.height), classes)
    for patch in item.patches:
        _paste(labels, patch, classes)
    return labels


def index_png(labels: Mask) -> bytes:
    """The bytes of an index PNG, as `read_labels` takes them."""
    buffer = io.BytesIO()
    Image.fromarray(labels).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def _paste(labels: Mask, patch: Patch, classes: int) -> None:
    bottom, right = patch.top + patch.height, patch.left + patch.width
    if bottom > labels.shape[0] or right > labels.shape[1]:
        raise Failure(
            "bad_spec",
            f"patch {patch.path} ends at row {bottom}, column {right}, outside its image of "
            f"{labels.shape[0]} rows and {labels.shape[1]} columns",
        )
    window = labels[patch.top : bottom, patch.left : right]
    ids = _read_index(patch.path, (patch.width, patch.height), classes)
    np.copyto(window, ids, where=ids != NOT_ASKED)


def _read_index(path: str, size: tuple[int, int], classes: int) -> Mask:
    def load() -> Image.Image:
        with Image.open(path, formats=MASK_FORMATS) as picture:
            picture.load()
            return picture

    picture = _reading(path, load, MASK_FORMATS)
    _check_size(path, picture, size)
    if picture.mode not in INDEX_MODES:
        raise Failure(
            "unreadable_image",
            f"mask {path} has mode {picture.mode}; expected class ids in one channel (a grey or "
            "palette PNG)",
        )
    ids = np.asarray(picture).astype(np.uint16)
    strange = ids[(ids >= classes) & (ids != NOT_ASKED) & (ids != VOID)]
    if strange.size:
        raise Failure(
            "bad_spec",
            f"mask {path} holds id {strange[0]}; expected 0..{classes - 1}, "
            f"{NOT_ASKED} (not asked) or {VOID} (void); correct the mask, or name more classes",
        )
    return ids.astype(np.uint8)


def _digest(path: str) -> str:
    return _reading(path, lambda: cache.shared().digest(path))


def _reading(path: str, read: Callable[[], Found], formats: Sequence[str] = FORMATS) -> Found:
    try:
        return read()
    except linked.Lost as error:
        raise Failure("unreadable_image", str(error)) from error
    except linked.Unreachable as error:
        raise Failure("bucket_unreachable", str(error)) from error
    except (OSError, SyntaxError, Image.DecompressionBombError, ValueError) as error:
        raise Failure(
            "unreadable_image",
            f"cannot read {path}: {error}; expected a whole {' or '.join(formats)} file",
        ) from error


def _check_size(path: str, picture: Image.Image, size: tuple[int, int]) -> None:
    if picture.size != size:
        raise Failure(
            "unreadable_image",
            f"{path} is {picture.width}x{picture.height}; the spec says {size[0]}x{size[1]}; "
            "make it anew in that size, or correct the spec",
        )
