"""Masks are read exactly as the file holds them, or refused with a reason."""

import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from PIL import Image

from core import masks
from core.errors import (
    ImageUndecodable,
    Invalid,
    MaskNotIndexed,
    MaskSizeMismatch,
    UnknownClass,
    UnsupportedMediaType,
)
from core.masks import NOT_ASKED, VOID, Size

SQUARE = np.array([[0, 1], [2, VOID]], np.uint8)
THREE = range(3)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def grey_png(values: list[list[int]], depth: int, *, palette: bytes = b"") -> bytes:
    """A greyscale PNG of `depth` bits, or one with a palette, written by hand: Pillow writes no
    grey of 2 and 4 bits."""
    height, width = len(values), len(values[0])
    kind = bytes([depth, 3 if palette else 0, 0, 0, 0])
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + kind
    rows = b"".join(b"\0" + packed(row, depth) for row in values)
    chunks = [chunk(b"IHDR", header), chunk(b"PLTE", palette) if palette else b""]
    chunks += [chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def packed(row: list[int], depth: int) -> bytes:
    bits = "".join(f"{value:0{depth}b}" for value in row)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_greyscale_of_every_depth_is_read_exactly(depth: int):
    values = [[0, 1, 0], [1, min(2, 2**depth - 1), 1]]
    mask = masks.from_png(grey_png(values, depth), Size(3, 2), THREE)
    assert mask.tolist() == values
    assert mask.dtype == np.uint8


@pytest.mark.parametrize("depth", [2, 4])
def test_every_value_of_a_few_bits_survives(depth: int):
    values = [list(range(2**depth))]
    mask = masks.from_png(grey_png(values, depth), Size(2**depth, 1), range(2**depth))
    assert mask.tolist() == values


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_palette_mask_gives_indices_and_not_colours(bits: int):
    values = np.array([[0, 1], [1, 0]], np.uint8)
    image = Image.fromarray(values).convert("L")
    image = Image.fromarray(values, "P") if bits == 8 else image.quantize(2)
    image.putdata(values.ravel().tolist())
    image.putpalette([128, 0, 0, 0, 128, 0])
    assert masks.from_png(encoded(image, bits=bits), Size(2, 2), THREE).tolist() == values.tolist()


@pytest.mark.parametrize("bits", [2, 4])
def test_indices_of_a_few_bits_are_not_stretched_as_grey_is(bits: int):
    values = [list(range(2**bits))]
    data = grey_png(values, bits, palette=bytes(3 * 2**bits))
    assert masks.from_png(data, Size(2**bits, 1), range(2**bits)).tolist() == values


def test_a_palette_with_a_transparent_colour_is_still_indices():
    image = Image.fromarray(SQUARE, "P")
    image.putpalette([9] * 768)
    data = encoded(image, transparency=bytes([0, 255]))
    assert np.array_equal(masks.from_png(data, Size(2, 2), THREE), SQUARE)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_colours_and_alpha_are_not_indices(mode: str):
    told = rf"^Expected one .* has mode {mode}\. Convert colours to class values first\.$"
    with pytest.raises(MaskNotIndexed, match=told):
        masks.from_png(encoded(Image.new(mode, (2, 2))), Size(2, 2), THREE)


def test_a_jpeg_changes_values_and_is_refused():
    told = r"^Expected an index PNG, and a JPEG was given: its compression changes class values\.$"
    with pytest.raises(UnsupportedMediaType, match=told):
        masks.from_png(encoded(Image.fromarray(SQUARE), "JPEG"), Size(2, 2), THREE)


def test_a_float_mask_is_refused():
    data = encoded(Image.fromarray(SQUARE.astype(np.float32)), "TIFF")
    with pytest.raises(ImageUndecodable):
        masks.from_png(data, Size(2, 2), THREE)


def test_an_animation_is_no_mask():
    frames = [Image.fromarray(SQUARE), Image.fromarray(SQUARE[::-1].copy())]
    data = encoded(frames[0], save_all=True, append_images=frames[1:])
    with pytest.raises(UnsupportedMediaType, match="frames"):
        masks.from_png(data, Size(2, 2), THREE)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_truncated_mask_is_refused(share: float):
    values = np.random.default_rng(0).integers(0, 3, (200, 200), np.uint8)
    data = masks.to_png(values)
    cut = data[: int((len(data) - 16) * share)]
    with pytest.raises(ImageUndecodable):
        masks.from_png(cut, Size(200, 200), THREE)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\0" * 100])
def test_what_is_no_png_is_refused(data: bytes):
    with pytest.raises(ImageUndecodable, match="PNG"):
        masks.from_png(data, Size(2, 2), THREE)


def test_a_chunk_before_the_header_does_not_shift_how_values_are_read():
    png = grey_png([[0, 1, 2]], 2)
    odd = png[:8] + chunk(b"tEXt", b"a\0bcdefghijklmno") + png[8:]
    told = r"^A PNG starts with its header, and this one with another chunk\.$"
    with pytest.raises(ImageUndecodable, match=told):
        masks.from_png(odd, Size(3, 1), THREE)


def test_a_flipped_bit_is_refused():
    data = bytearray(masks.to_png(np.random.default_rng(0).integers(0, 3, (64, 64), np.uint8)))
    data[len(data) // 2] ^= 1
    with pytest.raises(ImageUndecodable):
        masks.from_png(bytes(data), Size(64, 64), THREE)


def test_another_size_is_named_with_the_expected_one():
    with pytest.raises(MaskSizeMismatch, match=r"4x2.*2x2") as caught:
        masks.from_png(masks.to_png(SQUARE), Size(4, 2), THREE)
    assert caught.value.extras["given"] == {"width": 2, "height": 2}


def test_a_huge_mask_is_refused_by_its_header():
    header = (13_300).to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    with pytest.raises(MaskSizeMismatch):
        masks.from_png(data, Size(512, 512), THREE)


@pytest.mark.parametrize("value", [3, 17, 253])
def test_an_unknown_class_is_named_with_its_first_pixel(value: int):
    wrong = SQUARE.copy()
    wrong[1, 0] = value
    with pytest.raises(UnknownClass, match="x=0, y=1") as caught:
        masks.from_png(masks.to_png(wrong), Size(2, 2), THREE)
    assert caught.value.extras == {"value": value, "x": 0, "y": 1}


def test_an_unknown_class_among_raw_bytes_is_named_as_well():
    with pytest.raises(UnknownClass, match=r"7 was given\. First at x=1, y=0"):
        masks.from_bytes(bytes([0, 7, 7, 0]), Size(2, 2), THREE)


@pytest.mark.parametrize("value", [256, 300, 65535])
def test_sixteen_bits_do_not_wrap_around(value: int):
    with pytest.raises(UnknownClass, match=str(value)):
        masks.from_png(grey_png([[0, value]], 16), Size(2, 1), THREE)


def test_a_mask_that_labels_nothing_is_refused():
    told = r"^The mask labels nothing: all its pixels are NOT_ASKED \(254\)\. Label one\.$"
    with pytest.raises(Invalid, match=told):
        masks.from_bytes(bytes([NOT_ASKED] * 4), Size(2, 2), THREE)


def test_a_mask_of_void_alone_is_an_answer():
    assert (masks.from_bytes(bytes([VOID] * 4), Size(2, 2), THREE) == VOID).all()


@pytest.mark.parametrize("given_bytes", [0, 3, 5])
def test_raw_bytes_must_be_one_per_pixel(given_bytes: int):
    with pytest.raises(MaskSizeMismatch, match=f"{given_bytes} were given"):
        masks.from_bytes(bytes(given_bytes), Size(2, 2), THREE)


def test_a_fill_has_one_value_everywhere():
    mask = masks.filled(2, Size(3, 2), THREE)
    assert (mask.shape, mask.dtype) == ((2, 3), np.uint8)
    assert (mask == 2).all()


def test_a_fill_with_void_is_allowed():
    assert (masks.filled(VOID, Size(1, 1), THREE) == VOID).all()


@pytest.mark.parametrize("value", [3, NOT_ASKED, -1, 256])
def test_a_fill_with_anything_else_is_refused(value: int):
    with pytest.raises(UnknownClass, match=str(value)):
        masks.filled(value, Size(1, 1), THREE)


def test_coverage_counts_three_kinds_of_pixels():
    mask = np.array([[0, 1, VOID], [NOT_ASKED, NOT_ASKED, 2]], np.uint8)
    assert masks.coverage(mask) == (3, 1, 2)


def test_what_people_were_asked_for_is_counted_where_that_is_not_all():
    assert masks.asked_px(np.array([[0, 1, VOID], [NOT_ASKED, NOT_ASKED, 2]], np.uint8)) == 4
    assert masks.asked_px(SQUARE) is None


def test_pixels_that_nobody_was_asked_for_are_taken_out_of_a_mask():
    covered = np.array([[masks.ASKED, masks.COMPLETED], [masks.ASKED, 0]], np.uint8)
    left = masks.uncovered(SQUARE, covered)
    assert left.tolist() == [[0, NOT_ASKED], [2, NOT_ASKED]]
    assert left.dtype == np.uint8
    with pytest.raises(Invalid, match="labels nothing"):
        masks.uncovered(SQUARE, np.zeros((2, 2), np.uint8))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_are_read_where_they_are_asked_for(mode: str):
    image = Image.new("RGB", (13, 5), (9, 8, 7))
    image = image.quantize(2) if mode == "P" else image.convert(mode)
    found = masks.colours(encoded(image), Size(13, 5))
    assert found.tolist() == [[[9, 8, 7]] * 13] * 5


def test_values_are_no_colours_and_colours_have_a_size_too():
    with pytest.raises(MaskNotIndexed, match=r"colours, and it has mode L\."):
        masks.colours(masks.to_png(SQUARE), Size(2, 2))
    with pytest.raises(MaskSizeMismatch):
        masks.colours(encoded(Image.new("RGB", (3, 2))), Size(2, 3))
    with pytest.raises(ImageUndecodable, match="Expected PNG"):
        masks.colours(encoded(Image.new("RGB", (3, 2)), "BMP"), Size(3, 2))


def test_what_was_stored_is_read_as_it_is():
    odd = np.array([[7, 200], [VOID, NOT_ASKED]] * 20, np.uint8)
    assert np.array_equal(masks.stored(masks.to_png(odd)), odd)
    with pytest.raises(ImageUndecodable, match="Expected PNG"):
        masks.stored(encoded(Image.fromarray(odd), "BMP"))


def test_a_refusal_tells_programs_what_was_expected_and_given():
    with pytest.raises(MaskSizeMismatch, match="Expected 4 bytes for 2x2, and 3 were given") as raw:
        masks.from_bytes(bytes(3), Size(2, 2), THREE)
    assert raw.value.extras == {"expected": {"width": 2, "height": 2}, "given": {"bytes": 3}}
    with pytest.raises(MaskSizeMismatch) as png:
        masks.from_png(masks.to_png(SQUARE), Size(4, 3), THREE)
    assert png.value.extras["expected"] == {"width": 4, "height": 3}
    with pytest.raises(UnknownClass, match="classes 0, 1, 2, or 255 for void; 7") as value:
        masks.filled(7, Size(2, 2), THREE)
    assert value.value.extras == {"value": 7}


labelled = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2), elements=st.integers(0, 253))


@given(labelled)
def test_a_mask_survives_being_a_png(mask: NDArray[np.uint8]):
    size = Size(mask.shape[1], mask.shape[0])
    assert np.array_equal(masks.from_png(masks.to_png(mask), size, range(254)), mask)


@given(labelled)
def test_a_mask_survives_being_bytes(mask: NDArray[np.uint8]):
    size = Size(mask.shape[1], mask.shape[0])
    assert np.array_equal(masks.from_bytes(mask.tobytes(), size, range(254)), mask)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_our_errors(data: bytes):
    with pytest.raises((ImageUndecodable, UnsupportedMediaType)):
        masks.from_png(b"\x89PNG\r\n\x1a\n" + data, Size(2, 2), THREE)
