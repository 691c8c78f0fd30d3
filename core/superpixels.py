"""Superpixels: small connected segments that follow the edges of an image.

SLIC (Achanta et al. 2012, https://doi.org/10.1109/TPAMI.2012.120) in CIELAB, by scikit-image. The
same pixels give the same segments.
"""

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label
from skimage.segmentation import slic

from core.errors import Invalid
from core.masks import Mask
from core.pixels import Pixels

COMPACTNESS = 10.0
# More is computed on every second, third, ... pixel, so that a huge cell costs no more.
COMPUTED_PX = 512 * 512
MOST_SEGMENTS = 2**16

Segments = NDArray[np.uint16]


def usual_size_px(width: int, height: int) -> int:
    """A side of segments that suits a region of this size."""
    return max(6, max(width, height) // 10)


def segments(
    pixels: Pixels, part: tuple[slice, slice], *, size_px: int, suggestion: Mask | None = None
) -> Segments:
    """Ids from 0 on of the segments in `part` of the (height, width, 3) pixels, each connected.

    A segment has about size_px² pixels; with a suggestion (of the size of `part`) each lies in one
    of its classes. Raises Invalid for more segments than an id can tell apart.
    """
    values = _slic(pixels, size_px)[part].astype(np.int64)
    if suggestion is not None:
        values = values * 256 + suggestion
    # What the cut and the suggestion leave of a segment may lie in several places.
    found, count = label(values, background=-1, connectivity=1, return_num=True)
    if count > MOST_SEGMENTS:
        raise Invalid(
            f"The region falls into {count} segments, and at most {MOST_SEGMENTS} have ids; "
            "take a larger size_px."
        )
    ids: Segments = (found - 1).astype(np.uint16)
    return ids


def _slic(pixels: Pixels, size_px: int) -> NDArray[np.int64]:
    height, width = pixels.shape[:2]
    step = 1 + int((height * width / COMPUTED_PX) ** 0.5) if height * width > COMPUTED_PX else 1
    wanted = max(1, round(height * width / size_px**2))
    found: NDArray[np.int64] = slic(
        pixels[::step, ::step], n_segments=wanted, compactness=COMPACTNESS, channel_axis=-1
    )
    return found.repeat(step, 0).repeat(step, 1)[:height, :width]
