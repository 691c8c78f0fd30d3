"""Image files to upright RGB pixels and back. Hostile files end here with a clear error."""

import hashlib
import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import ImageTooLarge, ImageUndecodable, UnsupportedMediaType

Pixels = NDArray[np.uint8]

# Formats are named, since Pillow goes by content: nobody gets to pick a parser of ours.
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")


def open_image(data: bytes, ceiling_px: int, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """The opened, not yet decoded image. The ceiling is checked on the header's size."""
    try:
        with warnings.catch_warnings():
            # Our own ceiling is checked below, on the header; Pillow's warning adds nothing.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError as error:
        raise ImageTooLarge(f"{error}; at most {ceiling_px} pixels are accepted.") from None
    except Exception as error:  # decoders raise errors of many kinds on broken files
        # What Pillow says of a file that it does not know names our buffer and nothing else.
        why = "" if isinstance(error, UnidentifiedImageError) else f": {error}"
        raise ImageUndecodable(
            f"Expected {' or '.join(formats)}, and the file starts with {data[:8]!r}{why}."
        ) from None
    width, height = image.size
    if width * height > ceiling_px:
        raise ImageTooLarge(
            f"The image is {width}x{height} = {width * height} pixels; "
            f"at most {ceiling_px} are accepted. Scale it down or cut it."
        )
    if _frames(image) != 1:
        raise UnsupportedMediaType("Expected one still image, and the file holds several frames.")
    return image


def _frames(image: Image.Image) -> int:
    """How many, for which some decoders read the headers of all."""
    try:
        return getattr(image, "n_frames", 1)
    except Exception as error:
        raise ImageUndecodable(f"A frame of the image is damaged: {error}.") from None


def decode(image: Image.Image) -> Image.Image:
    """Decode to the last pixel, so that a truncated file is found now and not later."""
    try:
        image.load()
    except MemoryError:
        raise no_room() from None
    except Exception as error:
        raise ImageUndecodable(f"The image breaks off or is damaged: {error}.") from None
    return image


def read_image(data: bytes, ceiling_px: int) -> Pixels:
    """(height, width, 3) pixels with the EXIF orientation applied and all metadata dropped."""
    image = open_image(data, ceiling_px)
    _refuse_deep(image)
    try:
        return np.asarray(_upright(decode(image)).convert("RGB"))
    except MemoryError:
        raise no_room() from None


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    except Exception as error:
        raise ImageUndecodable(f"The EXIF block is damaged: {error}.") from None


def no_room() -> ImageTooLarge:
    """What a decoder without any memory left says."""
    return ImageTooLarge(
        "Decoding the image takes more memory than it may; scale it down or save it anew."
    )


def _refuse_deep(image: Image.Image) -> None:
    # Pillow calls 16-bit colours RGB and cuts them to 8; only the decoder's raw mode says so.
    if image.mode.startswith(("I", "F")) or ";16" in str(getattr(image, "tile", "")):
        raise UnsupportedMediaType(
            f"Expected 8 bits a channel, and the image has more (mode {image.mode}); "
            "convert it first."
        )


def to_png(pixels: Pixels) -> bytes:
    """(height, width) or (height, width, 3) pixels as PNG; fast rather than smallest."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def fingerprint(pixels: Pixels) -> str:
    """SHA-256 over shape and pixels: the same picture in two files is found to be one."""
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()
