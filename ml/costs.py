"""What a mask costs to draw, in clicks, by the rule of Cai et al. (CVPR 2021) for a rectangle.

One click names the class of each connected segment; then one for each point where a border
between segments meets the rectangle's edge, and one for each vertex of the polygonal borders
strictly inside. Void is a segment like any other: somebody has to mark it. A border is counted
once for the two segments that share it, speckle is filtered away and polygons are simplified, so
this estimates careful human work, not the raggedness of a stored mask.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, median_filter
from skimage.measure import label

from ml import contours, outlines
from ml.types import NOT_ASKED

SPECKLE_PX = 5
TOLERANCE_PX = 1.5

Segments = NDArray[np.integer]


def clicks(mask: NDArray[np.uint8]) -> int:
    """Estimated clicks for a (height, width) mask; a mask of one value costs one.

    What was not asked is drawn around, and named by nobody.
    """
    if (mask == mask.flat[0]).all():
        return 1
    smooth = median_filter(mask, SPECKLE_PX)
    segments: Segments = label(smooth, connectivity=1, background=-1)
    count = int(segments.max())
    if count == 1:
        return 1
    unasked = len(np.unique(segments[smooth == NOT_ASKED]))
    return count - unasked + _border_crossings(segments) + _inner_vertices(segments)


def _border_crossings(segments: Segments) -> int:
    """Changes of segment along the rectangle's edge, once around."""
    top, right = segments[0], segments[1:, -1]
    bottom, left = segments[-1, -2::-1], segments[-2:0:-1, 0]
    edge = np.concatenate([top, right, bottom, left])
    return int(np.count_nonzero(edge != np.roll(edge, 1)))


def _inner_vertices(segments: Segments) -> int:
    """Vertices of all segments' simplified outlines strictly inside, halved: two share each."""
    points, lengths, numbers = contours.trace(segments)
    corners = np.array([[side.start - 1 for side in box] for box in find_objects(segments)])
    # Counted from each segment's own corner, so that ties of floating point do not depend on where
    # in the mask it lies.
    origins = np.repeat(corners[numbers - 1], lengths, axis=0)
    kept = outlines.kept(points - origins, lengths, TOLERANCE_PX)
    inside = np.all((points > 0) & (points < np.array(segments.shape) - 1), axis=1)
    # An outline's end is its start.
    inside[np.cumsum(lengths) - 1] = False
    return round(int(np.count_nonzero(kept & inside)) / 2)
