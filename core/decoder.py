"""The process of `core.decoding`: `python -m core.decoder PIXELS BYTES SECONDS`.

It reads the bytes of one image file after the other and answers each with its pixels, or with the
error. Nothing is sent out of it but these: whatever a hostile file makes of a decoder, it has a
bounded address space, and after its seconds of processor time the system ends the process. Pixels
that are to be kept leave it as PNG, so that whoever asked never holds them.
"""

import json
import os
import resource
import struct
import sys
from typing import IO, Any

import psutil
from PIL import Image

from core.errors import TesseraError
from core.pixels import Pixels, no_room, read_image, to_png

# Whether it is to be answered with a PNG; the length of the file that follows.
ASKED = struct.Struct(">?Q")


def main() -> None:
    ceiling_px, room_bytes, seconds = map(int, sys.argv[1:])
    Image.init()  # what decoders there are, while there is room to load them
    # Decoders print what they think of a file, as often as it likes: that is not for our log.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    _bound(resource.RLIMIT_CORE, 0)
    # What is loaded already takes its part of the address space, by far more than of memory.
    _bound(resource.RLIMIT_AS, psutil.Process().memory_info().vms + room_bytes)
    while (asked := received(sys.stdin.buffer)) is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _bound(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds)
        _answer(sys.stdout.buffer, *asked, ceiling_px)


def _bound(what: int, most: int) -> None:
    resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


def _answer(out: IO[bytes], as_png: bool, data: bytes, ceiling_px: int) -> None:
    try:
        pixels = read_image(data, ceiling_px)
        content = _png(pixels) if as_png else pixels.data.cast("B")
    except TesseraError as error:
        send(out, {"error": error.code(), "detail": error.detail})
    else:
        send(out, {"shape": pixels.shape, "bytes": len(content)}, content)


def _png(pixels: Pixels) -> bytes:
    try:
        return to_png(pixels)
    except MemoryError:
        raise no_room() from None


def send(out: IO[bytes], said: dict[str, Any], content: bytes | memoryview = b"") -> None:
    """A line of JSON, and the content behind it."""
    out.write(json.dumps(said).encode() + b"\n")
    out.write(content)
    out.flush()


def received(source: IO[bytes]) -> tuple[bool, bytes] | None:
    """Whether a PNG is wanted of it, and the next file; None at the end."""
    head = source.read(ASKED.size)
    if len(head) < ASKED.size:
        return None
    as_png, length = ASKED.unpack(head)
    return as_png, source.read(length)


if __name__ == "__main__":
    main()
