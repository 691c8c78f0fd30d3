"""Files that want to do harm, written by hand: no library makes them."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

SIDE = 10
START_OF_SCAN, END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int = SIDE,
    height: int = SIDE,
    *,
    depth: int = 8,
    colour: int = 0,
    rows: bytes | None = None,
    extra: bytes = b"",
) -> bytes:
    """A PNG whose header says so, with these rows (none: black) and more chunks before them."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    if rows is None:
        rows = bytes(1 + (width * depth * channels + 7) // 8) * height
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows))
    return SIGNATURE + parts + chunk(b"IEND", b"")


def rows(values: list[list[int]], kind: str = ">B") -> bytes:
    """Rows of a PNG of 8 (`>B`) or 16 (`>H`) bits."""
    return b"".join(b"\0" + b"".join(struct.pack(kind, v) for v in row) for row in values)


def square(value: int) -> list[list[int]]:
    return [[value] * SIDE for _ in range(SIDE)]


def saved(mode: str, kind: str = "PNG", **options: object) -> bytes:
    """A square of zeros as Pillow writes it."""
    buffer = io.BytesIO()
    Image.new(mode, (SIDE, SIDE)).save(buffer, kind, **options)
    return buffer.getvalue()


def animated() -> bytes:
    frames = [Image.fromarray(np.full((SIDE, SIDE), n, np.uint8)) for n in range(3)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def noise() -> bytes:
    """A sound mask of three classes in no order, so that none of its bytes is spare."""
    buffer = io.BytesIO()
    values = np.random.default_rng(0).integers(0, 3, (SIDE, SIDE), np.uint8)
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def flipped(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[len(data) * 2 // 3] ^= 1
    return bytes(changed)


def scans(number: int) -> bytes:
    """A progressive JPEG that asks for its four million pixels again and again."""
    buffer = io.BytesIO()
    Image.new("L", (2000, 2000), 90).save(buffer, "JPEG", progressive=True)
    flat = buffer.getvalue()[: -len(END_OF_IMAGE)]
    return flat + flat[flat.rindex(START_OF_SCAN) :] * number + END_OF_IMAGE


def pages(number: int) -> bytes:
    """A TIFF of one small page and of many more that say nothing but where the next one is."""
    first = [(256, 3, 1, 4), (257, 3, 1, 4), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
             (273, 4, 1, 8), (277, 3, 1, 1), (278, 3, 1, 4), (279, 4, 1, 16)]  # fmt: skip
    made = bytearray(b"II*\0" + struct.pack("<I", 8))
    for n in range(number):
        entries = first if n == 0 else [(257, 3, 1, 4), (256, 3, 1, 4)]
        made += struct.pack("<H", len(entries))
        made += b"".join(struct.pack("<HHII", *each) for each in entries)
        made += struct.pack("<I", len(made) + 4 if n < number - 1 else 0)
    return bytes(made)


TEXT = chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 5_000_000))
CROWD = b"".join(chunk(b"tEXt", b"a\0b") for _ in range(100_000))

# What is sent as a mask of 10x10 pixels, by name; and the answer it gets.
MASKS: dict[str, tuple[bytes, str]] = {
    "a header of 60,000x60,000": (png(60_000, 60_000, rows=b""), "413 image_too_large"),
    "13,300x13,300 in 1 bit, 22 kB": (png(13_300, 13_300, depth=1), "422 mask_size_mismatch"),
    "9,400x9,400 on a small region": (png(9_400, 9_400, depth=1), "422 mask_size_mismatch"),
    "empty": (b"", "422 image_undecodable"),
    "0x0": (png(0, 0), "422 image_undecodable"),
    "truncated by half": (noise()[: len(noise()) // 2], "422 image_undecodable"),
    "a flipped bit": (flipped(noise()), "422 image_undecodable"),
    "wrong magic": (b"\x89PMG" + noise()[4:], "422 image_undecodable"),
    "a TIFF that says PNG": (saved("L", "TIFF"), "422 image_undecodable"),
    "a float TIFF": (saved("F", "TIFF"), "422 image_undecodable"),
    "a JPEG": (saved("L", "JPEG"), "415 unsupported_media_type"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "422 image_undecodable"),
    "a pickle": (b"\x80\x04N.", "422 image_undecodable"),
    "a zip": (b"PK\x03\x04" + bytes(60), "422 image_undecodable"),
    "animated": (animated(), "415 unsupported_media_type"),
    "RGB": (saved("RGB"), "422 mask_not_indexed"),
    "RGBA": (saved("RGBA"), "422 mask_not_indexed"),
    "grey with alpha": (saved("LA"), "422 mask_not_indexed"),
    "16 bits, a class above 255": (
        png(depth=16, rows=rows(square(300), ">H")),
        "422 unknown_class",
    ),
    "16 bits, class 65,535": (png(depth=16, rows=rows(square(65_535), ">H")), "422 unknown_class"),
    "an unknown class": (png(rows=rows(square(7))), "422 unknown_class"),
    "nothing asked anywhere": (png(rows=rows(square(254))), "422 invalid"),
    "5 MB of zTXt": (png(extra=TEXT), "422 image_undecodable"),
    "100,000 chunks": (png(extra=CROWD), "201"),
    "a script behind the end": (png() + b"<script>alert(1)</script>", "201"),
    "palette": (saved("P"), "201"),
    "16 bits, known classes": (png(depth=16, rows=rows(square(2), ">H")), "201"),
    "void alone": (png(rows=rows(square(255))), "201"),
}

# What is sent to be looked at by a model, where a picture may take a second of processor time.
PICTURES: dict[str, tuple[bytes, str]] = {
    "a header of 60,000x60,000 pixels": (png(60_000, 60_000, rows=b""), "413 image_too_large"),
    "13,300x13,300 pixels in 1 bit": (png(13_300, 13_300, depth=1), "413 image_too_large"),
    "4,000,000 pixels, 20,000 times over": (scans(20_000), "422 image_undecodable"),
    "a TIFF of 200,000 pages": (pages(200_000), "422 image_undecodable"),
    "a TIFF whose second page has no size": (
        pages(1)[:-4]
        + struct.pack("<I", 8 + 2 + 9 * 12 + 4)
        + struct.pack("<HHHIII", 1, 256, 3, 1, 4, 0),
        "422 image_undecodable",
    ),
    "no bytes": (b"", "422 image_undecodable"),
    "a picture without pixels": (png(0, 0), "422 image_undecodable"),
    "half of a picture": (noise()[: len(noise()) // 2], "422 image_undecodable"),
    "a picture with a flipped bit": (flipped(noise()), "422 image_undecodable"),
    "a picture of wrong magic": (b"\x89PMG" + noise()[4:], "422 image_undecodable"),
    "a picture with 5 MB of zTXt": (png(extra=TEXT), "422 image_undecodable"),
    "a picture of several frames": (animated(), "415 unsupported_media_type"),
    "a picture of 16 bits": (
        png(depth=16, rows=rows(square(300), ">H")),
        "415 unsupported_media_type",
    ),
    "a picture of floats": (saved("F", "TIFF"), "415 unsupported_media_type"),
    "a GIF": (saved("L", "GIF"), "422 image_undecodable"),
    "EPS": (saved("L", "EPS"), "422 image_undecodable"),
    "a PDF": (saved("L", "PDF"), "422 image_undecodable"),
    "an SVG as a picture": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "422 image_undecodable"),
    "a pickle as a picture": (b"\x80\x04N.", "422 image_undecodable"),
    "a zip as a picture": (b"PK\x03\x04" + bytes(60), "422 image_undecodable"),
    "a picture of 100,000 chunks": (png(extra=CROWD), "202"),
    "a picture with a script behind its end": (png() + b"<script>alert(1)</script>", "202"),
}
