"""What a mask costs to draw, in clicks, by the rule of Cai et al. (CVPR 2021) for a rectangle.

One click names the class of each connected segment; then one for each point where a border
between segments meets the rectangle's edge, and one for each vertex of the polygonal borders
strictly inside. Void is a segment like any other: somebody has to mark it. A border is counted
once for the two segments that share it, speckle is filtered away and polygons are simplified, so
this estimates careful human work, not the raggedness of a stored mask.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from skimage.measure import label

from ml import contours, outlines
from ml.types import NOT_ASKED

SPECKLE_PX = 5
TOLERANCE_PX = 1.5
# With more values than these in a mask, sorting is faster.
COUNTED_VALUES = 16

Segments = NDArray[np.integer]


def clicks(mask: NDArray[np.uint8]) -> int:
    """Estimated clicks for a (height, width) mask; a mask of one value costs one.

    What was not asked is drawn around, and named by nobody.
    """
    if (mask == mask.flat[0]).all():
        return 1
    smooth = _without_speckle(mask)
    segments: Segments = label(smooth, connectivity=1, background=-1)
    count = int(segments.max())
    if count == 1:
        return 1
    unasked = len(np.unique(segments[smooth == NOT_ASKED]))
    return count - unasked + _border_crossings(segments) + _inner_vertices(segments)


def _without_speckle(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The median of the square around each pixel: as scipy has it, which sorts every square.

    The median is at least a value where most of the square is; so few values are counted instead.
    """
    values = np.flatnonzero(np.bincount(mask.ravel(), minlength=256))
    if len(values) > COUNTED_VALUES:
        sorted_out: NDArray[np.uint8] = median_filter(mask, SPECKLE_PX)
        return sorted_out
    rows, columns = (_mirrored(side) for side in mask.shape)
    around = mask.take(rows, axis=0).take(columns, axis=1)
    smooth = np.full(mask.shape, values[0], np.uint8)
    for value in values[1:]:
        count = _sums(_sums((around >= value).view(np.uint8)).T).T
        smooth[count > SPECKLE_PX**2 // 2] = value
    return smooth


@lru_cache(maxsize=64)
def _mirrored(side: int) -> NDArray[np.intp]:
    """Where the pixels of a line are found that goes on behind its ends as in a mirror."""
    return np.pad(np.arange(side), SPECKLE_PX // 2, mode="symmetric")


def _sums(lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each line and as many below it as speckle is wide, added up."""
    count = len(lines) + 1 - SPECKLE_PX
    total = lines[:count].copy("K")
    for i in range(1, SPECKLE_PX):
        total += lines[i : i + count]
    return total


def _border_crossings(segments: Segments) -> int:
    """Changes of segment along the rectangle's edge, once around."""
    top, right = segments[0], segments[1:, -1]
    bottom, left = segments[-1, -2::-1], segments[-2:0:-1, 0]
    edge = np.concatenate([top, right, bottom, left])
    return int(np.count_nonzero(edge[1:] != edge[:-1])) + int(edge[0] != edge[-1])


def _inner_vertices(segments: Segments) -> int:
    """Vertices of all segments' simplified outlines strictly inside, halved: two share each."""
    points, lengths, numbers = contours.trace(segments)
    ends = lengths.cumsum() - 1
    # Counted from each segment's own corner, so that ties of floating point do not depend on where
    # in the mask it lies.
    corners = np.full((numbers.max(), 2), np.inf)
    lowest = np.minimum.reduceat(points, ends + 1 - lengths)
    np.minimum.at(corners, numbers - 1, lowest - 0.5)
    origins = corners[numbers - 1].repeat(lengths, axis=0)
    kept = outlines.kept(points - origins, lengths, TOLERANCE_PX)
    # An outline's end is its start.
    kept[ends] = False
    inside = (points > 0) & (points < np.array(segments.shape) - 1)
    return round(int(np.count_nonzero(kept & inside[:, 0] & inside[:, 1])) / 2)
