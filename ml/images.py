"""Images and label maps from files: exact class ids, checked sizes, typed refusals."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from ml.errors import Failure
from ml.spec import ImageItem, Patch
from ml.types import MAX_CLASSES, NOT_ASKED, VOID, Mask, Rgb

INDEX_MODES = ("L", "P")


def read_rgb(item: ImageItem) -> Rgb:
    """Raises Failure `unreadable_image` when the file is missing, broken or of another size."""
    picture = _open(item.path, (item.width, item.height))
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def read_labels(item: ImageItem, classes: int = MAX_CLASSES) -> Mask:
    """NOT_ASKED, then the whole mask, then the patches; ids in a patch win over what is below.

    A NOT_ASKED pixel of a patch leaves what is below it. Raises Failure `unreadable_image` for
    files and `bad_spec` for ids outside 0..classes-1, NOT_ASKED and VOID.
    """
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
    picture = _open(path, size)
    if picture.mode not in INDEX_MODES:
        raise Failure(
            "unreadable_image",
            f"mask {path} has mode {picture.mode}; expected an 8-bit index image (L or P)",
        )
    ids = np.array(picture, dtype=np.uint8)
    strange = ids[(ids >= classes) & (ids != NOT_ASKED) & (ids != VOID)]
    if strange.size:
        raise Failure(
            "bad_spec",
            f"mask {path} holds id {strange[0]}; expected 0..{classes - 1}, "
            f"{NOT_ASKED} (not asked) or {VOID} (void)",
        )
    return ids


def _open(path: str, size: tuple[int, int]) -> Image.Image:
    try:
        picture = Image.open(Path(path))
        picture.load()
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError) as error:
        raise Failure("unreadable_image", f"cannot read {path}: {error}") from error
    if picture.size != size:
        raise Failure(
            "unreadable_image",
            f"{path} is {picture.width}x{picture.height}; the spec says {size[0]}x{size[1]}",
        )
    return picture
