"""Files by the SHA-256 of their content, in a folder or in an object store.

Write to a temporary name, fsync, rename, fsync the folder, and only then the row: a row never
points at nothing, and a rolled-back row leaves an unreferenced file that hurts nobody. Checkpoints
alone have names of their own, since each replaces the one before.
"""

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import fsspec

from core.errors import NotFound, Unavailable
from core.settings import settings


class Store(Protocol):
    """What a file store does. Keys are relative paths with forward slashes."""

    def put(self, data: bytes) -> str: ...
    def put_file(self, path: Path) -> str: ...
    def put_as(self, key: str, path: Path) -> None: ...
    def read(self, key: str) -> bytes: ...
    def path(self, key: str) -> Path: ...
    def exists(self, key: str) -> bool: ...
    def delete(self, key: str) -> None: ...


def content_key(data: bytes) -> str:
    """The key of these bytes."""
    return _key(hashlib.sha256(data).hexdigest())


def file_key(path: Path) -> str:
    """The key of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return _key(hashlib.file_digest(file, "sha256").hexdigest())


def _key(digest: str) -> str:
    return f"sha256/{digest[:2]}/{digest[2:]}"


class FolderStore:
    """A local folder. Files are written once and read-only."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, data: bytes) -> str:
        key = content_key(data)
        if not self.exists(key):
            self._write(key, data)
        return key

    def put_file(self, path: Path) -> str:
        key = file_key(path)
        if not self.exists(key):
            self.put_as(key, path)
        return key

    def put_as(self, key: str, path: Path) -> None:
        self._write(key, path.read_bytes())

    def read(self, key: str) -> bytes:
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"The store has no file {key}; it was lost or never written.") from None

    def path(self, key: str) -> Path:
        return self.root / key

    def exists(self, key: str) -> bool:
        return self.path(key).exists()

    def delete(self, key: str) -> None:
        path = self.path(key)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def _write(self, key: str, data: bytes) -> None:
        target = self.path(key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(target, data)
        except OSError as error:
            raise Unavailable(f"The file store could not write {key}: {error}.") from error


def _write_whole(target: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".put-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
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


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class ObjectStore:
    """Any fsspec file system (s3://, gs://, memory://); reads go through a local cache folder."""

    def __init__(self, url: str, cache: Path) -> None:
        files, root = fsspec.core.url_to_fs(url)
        self._files: Any = files
        self._root = str(root).rstrip("/")
        self._cache = FolderStore(cache)

    def put(self, data: bytes) -> str:
        key = content_key(data)
        if not self.exists(key):
            self._files.pipe_file(self._at(key), data)
        return key

    def put_file(self, path: Path) -> str:
        key = file_key(path)
        if not self.exists(key):
            self.put_as(key, path)
        return key

    def put_as(self, key: str, path: Path) -> None:
        self._files.put_file(str(path), self._at(key))

    def read(self, key: str) -> bytes:
        try:
            return bytes(self._files.cat_file(self._at(key)))
        except FileNotFoundError:
            raise NotFound(f"The store has no file {key}; it was lost or never written.") from None

    def path(self, key: str) -> Path:
        if not (key.startswith("sha256/") and self._cache.exists(key)):
            self._cache._write(key, self.read(key))
        return self._cache.path(key)

    def exists(self, key: str) -> bool:
        return bool(self._files.exists(self._at(key)))

    def delete(self, key: str) -> None:
        if self.exists(key):
            self._files.rm(self._at(key), recursive=True)

    def _at(self, key: str) -> str:
        return f"{self._root}/{key}"


@lru_cache
def open_store(location: str | None = None) -> Store:
    """The store at `location` (a folder or an fsspec URL), by default the settings' one."""
    location = location or settings().store
    if "://" in location:
        return ObjectStore(location, settings().data_dir.absolute() / "cache")
    return FolderStore(Path(location).absolute())
