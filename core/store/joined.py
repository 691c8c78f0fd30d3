"""Several files of the store as one, read from any place."""

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import BinaryIO

from core.store.contract import Store


class Joined(io.RawIOBase):
    """The bytes of files (key, size) one behind the other; at most one of them is open."""

    def __init__(self, store: Store, parts: Sequence[tuple[str, int]]) -> None:
        super().__init__()
        self._store = store
        self._keys = [key for key, _ in parts]
        self._ends = list(accumulate((size for _, size in parts), initial=0))
        self._place = 0
        self._open: tuple[int, BinaryIO] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._ends[-1]}[whence]
        if origin + offset < 0:
            raise ValueError(f"expected a place in the file, given {origin + offset}")
        self._place = origin + offset
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Up to the end of the part in which the place is; 0 at the end of all."""
        if self._place >= self._ends[-1]:
            return 0
        part = bisect_right(self._ends, self._place) - 1
        wanted = min(len(buffer), self._ends[part + 1] - self._place)
        file = self._part(part)
        file.seek(self._place - self._ends[part])
        found = file.read(wanted)
        buffer[: len(found)] = found
        self._place += len(found)
        return len(found)

    def close(self) -> None:
        if self._open:
            self._open[1].close()
            self._open = None
        super().close()

    def _part(self, number: int) -> BinaryIO:
        if self._open is None or self._open[0] != number:
            if self._open:
                self._open[1].close()
            self._open = (number, self._store.open(self._keys[number]))
        return self._open[1]
