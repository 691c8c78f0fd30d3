"""The process of `core.decoding`: `python -m core.decoder PIXELS BYTES SECONDS`.

It reads the bytes of one image file after the other and answers each with its pixels, or with the
error. Nothing is sent out of it but these: whatever a hostile file makes of a decoder, it has a
bounded address space, and after its seconds of processor time the system ends the process.
"""

import json
import resource
import struct
import sys
from typing import IO, Any

import psutil
from PIL import Image

from core.errors import TesseraError
from core.pixels import Pixels, read_image

LENGTH = struct.Struct(">Q")


def main() -> None:
    ceiling_px, room_bytes, seconds = map(int, sys.argv[1:])
    Image.init()  # what decoders there are, while there is room to load them
    _bound(resource.RLIMIT_CORE, 0)
    # What is loaded already takes its part of the address space, by far more than of memory.
    _bound(resource.RLIMIT_AS, psutil.Process().memory_info().vms + room_bytes)
    while (data := received(sys.stdin.buffer)) is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _bound(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds)
        _answer(sys.stdout.buffer, data, ceiling_px)


def _bound(what: int, most: int) -> None:
    resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


def _answer(out: IO[bytes], data: bytes, ceiling_px: int) -> None:
    try:
        pixels = read_image(data, ceiling_px)
    except TesseraError as error:
        send(out, {"error": error.code(), "detail": error.detail})
    else:
        send(out, {"shape": pixels.shape}, pixels)


def send(out: IO[bytes], said: dict[str, Any], pixels: Pixels | None = None) -> None:
    """A line of JSON, and the pixels row by row behind it."""
    out.write(json.dumps(said).encode() + b"\n")
    if pixels is not None:
        out.write(pixels.data)
    out.flush()


def received(source: IO[bytes]) -> bytes | None:
    """The next file; None at the end."""
    length = source.read(LENGTH.size)
    if len(length) < LENGTH.size:
        return None
    return source.read(LENGTH.unpack(length)[0])


if __name__ == "__main__":
    main()
