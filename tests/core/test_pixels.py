"""Images become upright RGB pixels, or a clear error."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from core import pixels
from core.errors import ImageTooLarge, ImageUndecodable, UnsupportedMediaType

CEILING = 50_000_000
ORIENTATION = 0x0112

# What each EXIF orientation asks to be done to the stored rows and columns.
STORED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, 1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p, -1),
}


def picture(height: int = 20, width: int = 30, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int, depth: int = 1, colour_type: int = 0) -> bytes:
    """A PNG whose header promises much and whose pixels are missing."""
    chunks = b""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")):
        crc = zlib.crc32(kind + data)
        chunks += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("orientation", STORED)
def test_every_exif_orientation_gives_the_same_upright_pixels(orientation: int):
    upright = picture()
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    assert np.array_equal(pixels.read_image(encoded(stored, exif=exif), CEILING), upright)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_are_read_exactly(kind: str):
    data = encoded(Image.fromarray(picture()), kind, lossless=True)
    assert np.array_equal(pixels.read_image(data, CEILING), picture())


def test_a_jpeg_is_read():
    flat = np.full((16, 16, 3), 90, np.uint8)
    read = pixels.read_image(encoded(Image.fromarray(flat), "JPEG"), CEILING)
    assert np.abs(read.astype(int) - 90).max() <= 2


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_other_modes_become_rgb(mode: str):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    read = pixels.read_image(encoded(Image.new(mode, (5, 4)), kind), CEILING)
    assert read.shape == (4, 5, 3)
    assert read.dtype == np.uint8


def test_a_palette_with_transparency_becomes_rgb():
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    image.putpalette([10, 20, 30, 40, 50, 60])
    data = encoded(image, transparency=bytes([0, 255]))
    assert pixels.read_image(data, CEILING).tolist() == [[[10, 20, 30], [40, 50, 60]]]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(kind: str, share: float):
    data = encoded(Image.fromarray(picture(200, 300)), kind)
    with pytest.raises(ImageUndecodable):
        pixels.read_image(data[: int(len(data) * share) - 12], CEILING)


@pytest.mark.parametrize("data", [b"", b"hello", b"GIF89a" + bytes(50), b"\xff\xd8\xff\xe0"])
def test_what_is_no_image_is_refused(data: bytes):
    with pytest.raises(ImageUndecodable, match="PNG"):
        pixels.read_image(data, CEILING)


def test_a_gif_is_not_among_the_formats():
    with pytest.raises(ImageUndecodable):
        pixels.read_image(encoded(Image.fromarray(picture()), "GIF"), CEILING)


def test_an_animation_is_refused():
    frames = [Image.fromarray(picture(seed=seed)) for seed in range(3)]
    data = encoded(frames[0], save_all=True, append_images=frames[1:])
    with pytest.raises(UnsupportedMediaType, match="frames"):
        pixels.read_image(data, CEILING)


@pytest.mark.parametrize("side", [9_400, 13_300, 60_000])
def test_a_bomb_is_refused_by_its_header_without_decoding(side: int):
    tracemalloc.start()
    with pytest.raises(ImageTooLarge, match=str(CEILING)):
        pixels.read_image(png_header(side, side), CEILING)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_the_ceiling_itself_is_allowed():
    data = encoded(Image.fromarray(picture(20, 30)))
    assert pixels.read_image(data, 600).shape == (20, 30, 3)
    with pytest.raises(ImageTooLarge, match="30x20 = 600"):
        pixels.read_image(data, 599)


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_more_than_eight_bits_of_grey_are_refused(mode: str):
    kind = "PNG" if mode == "I;16" else "TIFF"
    with pytest.raises(UnsupportedMediaType, match="8 bits"):
        pixels.read_image(encoded(Image.new(mode, (4, 4)), kind), CEILING)


@pytest.mark.parametrize("colour_type", [2, 4, 6])
def test_sixteen_bits_of_colour_are_refused_and_not_cut_to_eight(colour_type: int):
    with pytest.raises(UnsupportedMediaType, match="8 bits"):
        pixels.read_image(png_header(2, 2, depth=16, colour_type=colour_type), CEILING)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_damaged_exif_block_does_not_cost_the_pixels():
    data = encoded(Image.fromarray(picture()), exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert np.array_equal(pixels.read_image(data, CEILING), picture())


def test_metadata_is_dropped():
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    data = encoded(Image.fromarray(picture()), "JPEG", exif=exif)
    assert b"a secret place" in data
    kept = Image.open(io.BytesIO(pixels.to_png(pixels.read_image(data, CEILING))))
    assert not kept.getexif()
    assert not kept.info


def test_bytes_behind_the_image_are_not_kept():
    data = encoded(Image.fromarray(picture())) + b"<script>"
    assert b"<script>" not in pixels.to_png(pixels.read_image(data, CEILING))


def test_the_fingerprint_is_of_the_pixels_and_not_of_the_file():
    image = Image.fromarray(picture())
    one, other = encoded(image), encoded(image, "BMP")
    assert len({pixels.fingerprint(pixels.read_image(d, CEILING)) for d in (one, other)}) == 1


def test_the_fingerprint_depends_on_the_shape():
    flat = np.zeros((2, 6, 3), np.uint8)
    assert pixels.fingerprint(flat) != pixels.fingerprint(flat.reshape(3, 4, 3))


def test_the_fingerprint_of_a_view_is_that_of_its_copy():
    turned = picture().transpose(1, 0, 2)
    assert pixels.fingerprint(turned) == pixels.fingerprint(turned.copy())


@given(st.binary(max_size=300), st.sampled_from([b"\x89PNG\r\n\x1a\n", b"BM", b"II*\0", b"RIFF"]))
def test_random_bytes_raise_nothing_but_our_errors(data: bytes, magic: bytes):
    with pytest.raises((ImageUndecodable, ImageTooLarge, UnsupportedMediaType)):
        pixels.read_image(magic + data, CEILING)
