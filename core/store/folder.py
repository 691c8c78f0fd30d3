"""Files in a local folder."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from core.store.addressed import Addressed
from core.store.contract import Entry, unread, unwritten

TEMPORARY = ".put-"


class FolderStore(Addressed):
    """A local folder. Files are written once, whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put_as(self, key: str, path: Path) -> None:
        with path.open("rb") as file:
            self._write(key, file)

    def put_bytes_as(self, key: str, data: bytes) -> None:
        self._write(key, BytesIO(data))

    def read(self, key: str) -> bytes:
        with self.open(key) as file:
            try:
                return file.read()
            except OSError as error:
                raise unread(key, error) from error

    def open(self, key: str) -> BinaryIO:
        try:
            return self.path(key).open("rb")
        except OSError as error:
            raise unread(key, error) from None

    def path(self, key: str) -> Path:
        return self.root / key

    def place(self, key: str) -> Path:
        return self.path(key)

    def fetch(self, place: Path) -> None:
        """Everything is where it is."""

    def exists(self, key: str) -> bool:
        return self.path(key).exists()

    def delete(self, key: str) -> None:
        path = self.path(key)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def entries(self) -> Iterator[Entry]:
        for folder, names, files in os.walk(self.root):
            names.sort()
            for name in sorted(files):
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # a temporary name that was there a moment ago
                    status = path.stat()
                    key = path.relative_to(self.root).as_posix()
                    yield Entry(key, status.st_size, status.st_mtime)

    def delete_older(self, key: str, before: float) -> bool:
        with _held(self.path(key), fcntl.LOCK_EX) as handle:
            if handle is None or os.fstat(handle).st_mtime >= before:
                return False
            self.path(key).unlink()
            return True

    def _kept(self, key: str, size: int) -> bool:
        """Whether the file is there already, and then for good.

        It counts as put anew, since a row may soon refer to what nobody has wanted for long. The
        lock keeps a deletion from falling between the look and the touch.
        """
        path = self.path(key)
        try:
            with _held(path, fcntl.LOCK_SH) as handle:
                if handle is None or os.fstat(handle).st_size != size:
                    return False
                os.utime(handle)
            # Whoever wrote it may not have come to that yet, and the row waits for nobody else.
            _sync_folder(path.parent)
        except OSError as error:
            raise unwritten(key, error) from error
        return True

    def _write(self, key: str, source: BinaryIO) -> None:
        target = self.path(key)
        try:
            _make_folder(target.parent)
            _write_whole(target, source)
        except OSError as error:
            raise unwritten(key, error) from error


@contextmanager
def _held(path: Path, lock: int) -> Iterator[int | None]:
    """The open file, locked; None where there is none, or is none any more."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield None
        return
    try:
        fcntl.flock(handle, lock)
        yield handle if _is_called(handle, path) else None
    finally:
        os.close(handle)


def _is_called(handle: int, path: Path) -> bool:
    """Whether the open file is still the one of this name: it may be deleted, or renamed."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _write_whole(target: Path, source: BinaryIO) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        # After a failed fsync the kernel forgets the dirty pages, so a retry would prove
        # nothing: the file goes, the caller starts again from memory.
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(target.parent)


def _make_folder(folder: Path) -> None:
    """Make it with those above it, each noted down for good before anything lies in it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
