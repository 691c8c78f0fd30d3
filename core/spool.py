"""Rows kept in a temporary file instead of in memory, and read again in their order."""

import json
import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")
PIECE = 1 << 16


class Spool(Generic[Row]):
    """Dataclasses of plain values, one JSON line each. The file goes with the object."""

    def __init__(self, kind: type[Row]) -> None:
        self._kind = kind
        self._file = tempfile.NamedTemporaryFile(prefix="tessera-spool-")  # noqa: SIM115
        # By itself it would be closed late, and with a warning, where objects go in circles.
        weakref.finalize(self, self._file.close)
        self.count = 0

    @property
    def path(self) -> Path:
        """Where all lines lie, for as long as the object lives."""
        self._file.flush()
        return Path(self._file.name)

    def append(self, row: Row) -> None:
        self._file.write(json.dumps(vars(row)).encode() + b"\n")
        self.count += 1

    def __iter__(self) -> Iterator[Row]:
        for line in self._lines():
            read: dict[str, Any] = json.loads(line)
            yield self._kind(**read)

    def _lines(self) -> Iterator[bytes]:
        """Read apart from the place at which is written."""
        self._file.flush()
        place, rest = 0, b""
        while piece := os.pread(self._file.fileno(), PIECE, place):
            place += len(piece)
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
