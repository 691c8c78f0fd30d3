"""Segments that cover a region, hold together and follow edges."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage.measure import label

from core import superpixels
from core.errors import Invalid
from core.pixels import Pixels
from tests.camvid import camvid

WHOLE = (slice(None), slice(None))


def halves(height: int = 48, width: int = 64) -> Pixels:
    """Dark on the left, bright on the right, a little noise."""
    noise = np.random.default_rng(0).integers(0, 20, (height, width, 3))
    noise[:, width // 2 :] += 200
    return noise.astype(np.uint8)


def street(side: int = 120) -> Pixels:
    path = sorted((camvid() / "train" / "images").iterdir())[7]
    return np.asarray(Image.open(path).convert("RGB"))[100 : 100 + side, 100 : 100 + side]


def pieces(ids: NDArray[np.uint16]) -> int:
    """Connected components of equal ids; as many as ids when each is in one piece."""
    return int(label(ids.astype(int), background=-1, connectivity=1).max())


@pytest.mark.parametrize("pixels", [halves(), halves(7, 5), halves(1, 30), halves(30, 1)])
@pytest.mark.parametrize("size_px", [4, 12, 256])
def test_ids_are_consecutive_and_each_segment_is_in_one_piece(pixels: Pixels, size_px: int):
    ids = superpixels.segments(pixels, WHOLE, size_px=size_px)
    assert (ids.shape, ids.dtype) == (pixels.shape[:2], np.uint16)
    assert np.array_equal(np.unique(ids), np.arange(ids.max() + 1))
    assert pieces(ids) == ids.max() + 1


def test_no_segment_crosses_a_strong_edge():
    ids = superpixels.segments(halves(), WHOLE, size_px=12)
    assert set(ids[:, :32].flat).isdisjoint(ids[:, 32:].flat)


def test_segments_have_about_the_size_asked_for():
    ids = superpixels.segments(street(), WHOLE, size_px=12)
    assert 120 * 120 / (ids.max() + 1) == pytest.approx(12 * 12, rel=0.4)


def test_a_part_is_in_one_piece_each_although_it_is_cut():
    part = (slice(10, 40), slice(17, 47))
    ids = superpixels.segments(street(), part, size_px=9)
    assert ids.shape == (30, 30)
    assert pieces(ids) == ids.max() + 1 == len(np.unique(ids))


def test_the_same_pixels_give_the_same_segments():
    first, second = (superpixels.segments(street(), WHOLE, size_px=10) for _ in range(2))
    assert np.array_equal(first, second)


def test_with_a_suggestion_each_segment_lies_in_one_class():
    suggestion = np.random.default_rng(1).integers(0, 3, (8, 8), np.uint8).repeat(15, 0)
    suggestion = suggestion.repeat(15, 1)
    ids = superpixels.segments(street(), WHOLE, size_px=12, suggestion=suggestion)
    assert pieces(ids) == ids.max() + 1
    for number in range(ids.max() + 1):
        assert len(set(suggestion[ids == number])) == 1


def test_a_huge_region_is_computed_coarsely_and_covered_wholly():
    ids = superpixels.segments(halves(1100, 700), WHOLE, size_px=100)
    assert ids.shape == (1100, 700)
    assert pieces(ids) == ids.max() + 1 > 40


def test_more_segments_than_ids_are_refused():
    suggestion = (np.indices((300, 300)).sum(axis=0) % 2).astype(np.uint8)
    with pytest.raises(Invalid, match="larger size_px"):
        superpixels.segments(halves(300, 300), WHOLE, size_px=100, suggestion=suggestion)


@pytest.mark.parametrize(("size", "expected"), [((30, 30), 6), ((128, 64), 12), ((4, 4), 6)])
def test_the_usual_size_suits_the_region(size: tuple[int, int], expected: int):
    assert superpixels.usual_size_px(*size) == expected
