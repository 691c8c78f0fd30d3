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
from skimage.measure import approximate_polygon, find_contours, label

SPECKLE_PX = 5
TOLERANCE_PX = 1.5

Segments = NDArray[np.integer]


def clicks(mask: NDArray[np.uint8]) -> int:
    """Estimated clicks for a (height, width) mask; a mask of one value costs one."""
    segments: Segments = label(median_filter(mask, SPECKLE_PX), connectivity=1, background=-1)
    count = int(segments.max())
    if count == 1:
        return 1
    return count + _border_crossings(segments) + _inner_vertices(segments)


def _border_crossings(segments: Segments) -> int:
    """Changes of segment along the rectangle's edge, once around."""
    top, right = segments[0], segments[1:, -1]
    bottom, left = segments[-1, -2::-1], segments[-2:0:-1, 0]
    edge = np.concatenate([top, right, bottom, left])
    return int(np.count_nonzero(edge != np.roll(edge, 1)))


def _inner_vertices(segments: Segments) -> int:
    """Vertices of all segments' simplified outlines strictly inside, halved: two share each."""
    boxes = find_objects(segments)
    outlines = (_outline_vertices(segments, i + 1, box) for i, box in enumerate(boxes))
    return round(sum(outlines) / 2)


def _outline_vertices(segments: Segments, number: int, box: tuple[slice, slice]) -> int:
    inside = np.pad(segments[box] == number, 1).astype(np.float32)
    origin = np.array([box[0].start - 1, box[1].start - 1])
    last = np.array(segments.shape) - 1
    count = 0
    for outline in find_contours(inside, 0.5):
        vertices = approximate_polygon(outline, TOLERANCE_PX)[:-1] + origin
        count += int(np.all((vertices > 0) & (vertices < last), axis=1).sum())
    return count
