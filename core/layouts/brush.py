"""Label Studio's brush: run lengths of a picture's bytes, four to a pixel, packed into bits.

The form, as label-studio-sdk (`converter/brush.py`) reads it: 32 bits count the bytes; 5 bits say
one less than the bits of a value; four times 4 bits one less than the bits of a length. Then, until
all bytes are there: a bit, 1 for a run and 0 for single values; 2 bits say which of the four holds
one less than the length; the length; the value once, or one for each. The last of a pixel's four
bytes, its opacity, says whether it is painted.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Invalid, MaskSizeMismatch
from core.masks import Size

CHANNELS = 4
VALUE_BITS, LENGTH_BITS = 8, (3, 4, 8, 16)
HEADER_BITS = 32 + 5 + 4 * len(LENGTH_BITS)

Shape = NDArray[np.bool_]


class _Bits:
    """Numbers from bits, the highest first."""

    def __init__(self, data: bytes) -> None:
        self._bits = np.unpackbits(np.frombuffer(data, np.uint8))
        self._place = 0

    def number(self, bits: int) -> int:
        return int(self.numbers(1, bits)[0])

    def numbers(self, count: int, bits: int) -> NDArray[np.int64]:
        end = self._place + count * bits
        if end > self._bits.size:
            raise Invalid("The brush's run lengths break off.")
        taken = self._bits[self._place : end].reshape(count, bits)
        self._place = end
        return np.asarray(taken @ (1 << np.arange(bits - 1, -1, -1, dtype=np.int64)))


def decode(given: Any, size: Size) -> Shape:
    """(height, width) of what is painted. Raises Invalid, MaskSizeMismatch."""
    if not isinstance(given, list) or not all(type(e) is int and 0 <= e < 256 for e in given):
        raise Invalid("Expected the brush's run lengths as a list of bytes.")
    bits = _Bits(bytes(given))
    total = bits.number(32)
    if total != CHANNELS * size.width * size.height:
        raise MaskSizeMismatch(
            f"Expected a brush of {size}, {CHANNELS} bytes to a pixel; it has {total} bytes."
        )
    value_bits = bits.number(5) + 1
    length_bits = [bits.number(4) + 1 for _ in LENGTH_BITS]
    values = np.zeros(total, np.int64)
    done = 0
    while done < total:
        is_run = bits.number(1)
        length = 1 + bits.number(length_bits[bits.number(2)])
        if done + length > total:
            raise Invalid("The brush's run lengths are longer than its picture.")
        values[done : done + length] = bits.numbers(1 if is_run else length, value_bits)
        done += length
    opacity = values.reshape(size.height, size.width, CHANNELS)[..., CHANNELS - 1]
    return np.asarray(opacity > 0)


def encode(shape: Shape) -> list[int]:
    """The run lengths of a shape, painted in full."""
    flat = np.repeat(np.where(shape, 255, 0).ravel(), CHANNELS)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1, [flat.size]])
    parts = [f"{flat.size:032b}{VALUE_BITS - 1:05b}"]
    parts += [f"{bits - 1:04b}" for bits in LENGTH_BITS]
    for first, end in pairwise(starts):
        parts += _runs(int(end - first), int(flat[first]))
    written = "".join(parts)
    written += "0" * (-len(written) % 8)
    return [int(written[i : i + 8], 2) for i in range(0, len(written), 8)]


def _runs(length: int, value: int) -> list[str]:
    """A run, in several if it is longer than the longest."""
    found = []
    while length:
        part = min(length, 1 << LENGTH_BITS[-1])
        index = next(i for i, bits in enumerate(LENGTH_BITS) if part <= 1 << bits)
        found.append(f"1{index:02b}{part - 1:0{LENGTH_BITS[index]}b}{value:08b}")
        length -= part
    return found
