"""Decoded arrays on disk, under their content: memory-mapped, shared by processes and stages.

An entry is one `.npy` file, whole or absent. The folder is `TESSERA_CACHE_DIR`, else
`tessera` in the user's cache folder, and holds at most `TESSERA_CACHE_MB` (else what the recipe
says in a training, and 4096 elsewhere): what was not
used for longest goes first, and never what this process has used. Nothing is synced to the disk,
as an entry that a power cut took is made again.
"""

import functools
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from ml.errors import Failure
from ml.files import written_aside
from ml.sweeping import sweep

FORMAT = 1
"""Counts the changes of what decoding makes of a file."""

DEFAULT_MB = 4096
OPEN = 32
"""Entries held open: each costs a file handle, of which a process may have 256."""


class Cache:
    def __init__(self, folder: Path, room: int) -> None:
        """`room` in bytes. Raises Failure `bad_spec` for a folder that cannot be made."""
        self.folder, self.room = folder, room
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Failure(
                "bad_spec",
                f"the cache folder {folder} cannot be made: {error.strerror}; set "
                "TESSERA_CACHE_DIR to one that can",
            ) from error
        self._lock = threading.Lock()
        self._open: OrderedDict[str, np.ndarray] = OrderedDict()
        self._used: set[str] = set()
        self._digests: dict[str, tuple[int, int, str]] = {}
        self._bytes = self._sweep()

    def allow(self, room: int) -> None:
        """What a recipe asks for; the host's own word, `TESSERA_CACHE_MB`, is more."""
        if "TESSERA_CACHE_MB" not in os.environ:
            self.room = room

    def digest(self, path: str) -> str:
        """SHA-256 of a file's content, read again only once the file has changed."""
        about = os.stat(path)
        size, changed, found = self._digests.get(path, (0, 0, ""))
        if (size, changed) != (about.st_size, about.st_mtime_ns):
            found = hashlib.sha256(Path(path).read_bytes()).hexdigest()
            self._digests[path] = (about.st_size, about.st_mtime_ns, found)
        return found

    def array(self, name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
        """The entry, made if there is none; shared by all who ask, so nobody may write to it.

        Raises Failure `disk_full`.
        """
        with self._lock:
            if name in self._open:
                self._open.move_to_end(name)
                return self._open[name]
        found = self._read(name)
        if found is None:
            found = np.ascontiguousarray(make())
            if not self._write(name, found):
                return found
        return self._hold(name, found)

    def _read(self, name: str) -> np.ndarray | None:
        path = self._path(name)
        try:
            # Copy on write, as torch warns of arrays that it might not write to.
            found: np.ndarray = np.load(path, mmap_mode="c", allow_pickle=False)
            if name not in self._used:
                os.utime(path)
                self._used.add(name)
        except (OSError, ValueError, EOFError):
            return None
        return found

    def _write(self, name: str, made: np.ndarray) -> bool:
        """Whether there was room for it."""
        path, size = self._path(name), made.nbytes + 128
        with self._lock:
            if self._bytes + size > self.room:
                self._bytes = self._sweep(size)
            if self._bytes + size > self.room:
                return False
            self._bytes += size
        path.parent.mkdir(exist_ok=True)
        with written_aside(path) as file:
            # Not by `np.save`, which on a full disk does not say why it failed.
            npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(made))
            file.write(made.data)
        return True

    def _hold(self, name: str, found: np.ndarray) -> np.ndarray:
        with self._lock:
            self._open[name] = found
            while len(self._open) > OPEN:
                self._open.popitem(last=False)
        return found

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name[2:]}.npy"

    def _sweep(self, wanted: int = 0) -> int:
        """Bytes in the folder, once old entries have made room for `wanted` more."""
        return sweep(self.folder, self.room - wanted, used=self._used)


def name(*parts: object) -> str:
    """The entry's name for all that decides its content."""
    return hashlib.sha256(repr((FORMAT, *parts)).encode()).hexdigest()


@functools.cache
def shared() -> Cache:
    """This process's."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("TESSERA_CACHE_DIR") or home / "tessera")
    return Cache(folder, int(os.environ.get("TESSERA_CACHE_MB") or DEFAULT_MB) * 2**20)
