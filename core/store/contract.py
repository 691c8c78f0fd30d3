"""What a file store does, whatever holds its files, and the errors it answers with."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from core.errors import DiskFull, NotFound, TesseraError, Unavailable

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Entry(NamedTuple):
    """A file of the store: its key, size in bytes, and when it was put last (seconds of epoch)."""

    key: str
    size: int
    modified: float


class Store(Protocol):
    """Keys are relative paths with forward slashes.

    Everything raises NotFound for a file that is not there, DiskFull where there is no room for
    one, and Unavailable for whatever else the disk or the network refuses.
    """

    def put(self, data: bytes) -> str: ...
    def put_file(self, path: Path) -> str: ...
    def put_as(self, key: str, path: Path) -> None: ...
    def put_bytes_as(self, key: str, data: bytes) -> None: ...
    def read(self, key: str) -> bytes: ...
    def open(self, key: str) -> BinaryIO: ...
    def path(self, key: str) -> Path: ...

    def place(self, key: str) -> Path:
        """Where `path` would have the file; it may be there only after `fetch`."""
        ...

    def fetch(self, place: Path) -> None:
        """Bring the file to a place that `place` named; nothing where it is there already."""
        ...

    def exists(self, key: str) -> bool: ...
    def delete(self, key: str) -> None: ...

    def entries(self) -> Iterator[Entry]:
        """Every file, unfinished ones included, in no order that means anything."""
        ...

    def delete_older(self, key: str, before: float) -> bool:
        """Delete the file unless it has been put since `before`; whether it was deleted."""
        ...


def missing(key: str) -> NotFound:
    """The error for a file that is not there."""
    return NotFound(f"The store has no file {key}; it was lost or never written.")


def unwritten(key: str, error: OSError) -> TesseraError:
    """The error for a file that could not be written."""
    if error.errno in NO_ROOM:
        return DiskFull(f"There is no room left to write {key}; free some, then try again.")
    return Unavailable(f"The file store could not write {key}: {error}.")


def unread(key: str, error: OSError) -> TesseraError:
    """The error for a file that could not be read."""
    if isinstance(error, FileNotFoundError):
        return missing(key)
    return Unavailable(f"The file store could not read {key}: {error}.")
