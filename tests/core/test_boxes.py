import numpy as np

from core.boxes import Box, around, box_of
from core.models import Image, Region


def region(left: int, top: int) -> Region:
    return Region(left=left, top=top, width=10, height=10)


def test_a_box_holds_the_margin_as_far_as_the_image_goes():
    image = Image(width=40, height=30)
    assert box_of(region(20, 10)) == Box(20, 10, 10, 10)
    assert around(region(20, 10), image, 5) == Box(15, 5, 20, 20)
    assert around(region(0, 20), image, 15) == Box(0, 5, 25, 25)
    assert around(region(20, 10), image, 500) == Box(0, 0, 40, 30)


def test_a_box_within_another_cuts_the_same_pixels():
    whole = np.arange(30 * 40).reshape(30, 40)
    outer, inner = Box(5, 3, 20, 20), Box(7, 10, 4, 6)
    assert np.array_equal(whole[outer.slices][inner.within(outer).slices], whole[inner.slices])
