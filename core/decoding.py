"""Images of unknown origin, decoded under limits of memory and time in a process of their own.

A header's size bounds the pixels, and not what a decoder does on its way to them: a progressive
JPEG of a few megabytes may ask for the same pixels a hundred thousand times. The system counts what
the process uses, so neither other work on the machine nor a decoder that never returns to Python
changes what is refused. The process lives as long as an import, or for one picture that somebody
sent; one that was ended is replaced.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, NamedTuple

import numpy as np

from core.decoder import ASKED
from core.errors import (
    ImageTooLarge,
    ImageUndecodable,
    TesseraError,
    Unavailable,
    UnsupportedMediaType,
)
from core.pixels import Pixels
from core.settings import settings

ERRORS: dict[str, type[TesseraError]] = {
    kind.code(): kind for kind in (ImageTooLarge, ImageUndecodable, UnsupportedMediaType)
}
# By what a file can bring a decoder to an end; any other end is not its fault.
CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL)
# Pixels as they were stored, turned upright, as RGB, as an array, and on their way to us.
BYTES_OF_A_PIXEL = 20


class Limits(NamedTuple):
    """Of one image: pixels, bytes of address space, seconds of processor time."""

    pixels: int
    room_bytes: int
    seconds: int


class Upright(NamedTuple):
    """An image as it is kept: a PNG of its upright pixels."""

    width: int
    height: int
    png: bytes


def limits(file_bytes: int | None = None, seconds: int | None = None) -> Limits:
    """What the settings allow: to a file of an import, or to less of either."""
    known = settings()
    largest = min(file_bytes or known.file_ceiling_bytes, known.file_ceiling_bytes)
    room = known.image_ceiling_px * BYTES_OF_A_PIXEL + 2 * largest
    longest = min(seconds or known.decode_ceiling_s, known.decode_ceiling_s)
    return Limits(known.image_ceiling_px, room, longest)


class Decoder:
    """Decodes one image after the other, in a process that is started when it is needed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None

    def read_image(self, data: bytes) -> Pixels:
        """(height, width, 3) upright pixels.

        Raises ImageTooLarge, ImageUndecodable, UnsupportedMediaType; Unavailable where the process
        was ended by somebody else.
        """
        shape, content = self._asked(data, as_png=False)
        return content.reshape(shape)

    def read_png(self, data: bytes) -> Upright:
        """The same pixels, which never come here. Raises as `read_image` does."""
        (height, width, _), content = self._asked(data, as_png=True)
        return Upright(width, height, content.tobytes())

    def _asked(self, data: bytes, *, as_png: bool) -> tuple[list[int], Pixels]:
        process = self._process = self._process or _started(self._limits)
        try:
            return _asked(process, data, as_png)
        except (BrokenPipeError, EOFError):
            code = process.wait()
            self.close()
            raise self._ended(code) from None

    def _ended(self, code: int) -> TesseraError:
        if -code == signal.SIGXCPU:
            return ImageUndecodable(
                f"Decoding it takes more than {self._limits.seconds} s of processor time; "
                "save it anew, without progressive scans."
            )
        if -code in CRASHES:
            return ImageUndecodable(f"The decoder crashed on it ({signal.Signals(-code).name}).")
        return Unavailable(f"The process that decodes images was ended (exit code {code}).")

    def stop(self) -> None:
        """Let whoever waits for an answer hear that there is none; from any thread."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the process, whatever it is at."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            # Closes its pipes, of which one may hold what it has not read, and waits for its end.
            with suppress(BrokenPipeError), process:
                pass


@contextmanager
def decoder(within: Limits | None = None) -> Iterator[Decoder]:
    """A decoder within limits, else those of the settings, for as long as it is needed."""
    made = Decoder(within or limits())
    try:
        yield made
    finally:
        made.close()


def _started(limits: Limits) -> subprocess.Popen[bytes]:
    # Nothing of the service's secrets; and no interrupt of a terminal, which is meant for us.
    environment = {k: value for k, value in os.environ.items() if not k.startswith("TESSERA_")}
    return subprocess.Popen(
        [sys.executable, "-m", "core.decoder", *map(str, limits)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment | {"OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,
    )


def _asked(process: subprocess.Popen[bytes], data: bytes, as_png: bool) -> tuple[list[int], Pixels]:
    """The shape of the image, and the bytes that were asked for."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(ASKED.pack(as_png, len(data)))
    process.stdin.write(data)
    process.stdin.flush()
    said = json.loads(_line(process.stdout))
    if "error" in said:
        raise ERRORS[said["error"]](said["detail"])
    content = np.empty(said["bytes"], np.uint8)
    if process.stdout.readinto(content.data) < content.nbytes:  # type: ignore[attr-defined]
        raise EOFError
    return said["shape"], content


def _line(source: IO[bytes]) -> bytes:
    line = source.readline()
    if not line:
        raise EOFError
    return line
