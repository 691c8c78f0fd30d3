"""Files in an object store (s3://, gs://, memory://), by fsspec; reads are cached in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import fsspec

from core.errors import NotFound, Unavailable
from core.store.addressed import Addressed
from core.store.contract import Entry, unread, unwritten
from core.store.folder import FolderStore

# What the file systems call the time of the last writing.
TIMES = ("LastModified", "updated", "mtime", "created")
# Put again what is older: collection of garbage leaves young objects alone. Objects cannot be
# locked, so deleting one while it is put is kept apart by this distance in time alone.
REFRESH_S = 1800.0


class ObjectStore(Addressed):
    """Any fsspec file system; a file is there as a whole once its upload has ended."""

    def __init__(self, url: str, cache: Path) -> None:
        # Others write here too, so what was listed once says nothing.
        files, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        self._files: Any = files
        self._root = str(root).rstrip("/")
        self._cache = FolderStore(cache)

    def put_bytes_as(self, key: str, data: bytes) -> None:
        self._upload(key, lambda at: self._files.pipe_file(at, data))

    def put_as(self, key: str, path: Path) -> None:
        self._upload(key, lambda at: self._files.put_file(str(path), at))

    def read(self, key: str) -> bytes:
        with _reading(key):
            return bytes(self._files.cat_file(self._at(key)))

    def open(self, key: str) -> BinaryIO:
        with _reading(key):
            opened: BinaryIO = self._files.open(self._at(key), "rb")
        return opened

    def path(self, key: str) -> Path:
        if not (key.startswith("sha256/") and self._cache.exists(key)):
            self._cache.put_bytes_as(key, self.read(key))
        return self._cache.path(key)

    def place(self, key: str) -> Path:
        # what has a name of its own changes under it, and is fetched at once
        return self._cache.path(key) if key.startswith("sha256/") else self.path(key)

    def fetch(self, place: Path) -> None:
        self.path(place.relative_to(self._cache.root).as_posix())

    def exists(self, key: str) -> bool:
        return self._information(key) is not None

    def delete(self, key: str) -> None:
        if self.exists(key):
            self._files.rm(self._at(key), recursive=True)

    def entries(self) -> Iterator[Entry]:
        for _, _, files in self._files.walk(self._root, detail=True):
            for info in files.values():
                yield self._entry(info)

    def delete_older(self, key: str, before: float) -> bool:
        found = self._found(key)
        if found is None or found.modified >= before:
            return False
        self._files.rm_file(self._at(key))
        return True

    def _kept(self, key: str, size: int) -> bool:
        found = self._found(key)
        now = datetime.now().timestamp()
        return found is not None and found.size == size and now - found.modified < REFRESH_S

    def _found(self, key: str) -> Entry | None:
        info = self._information(key)
        return None if info is None else self._entry(info)

    def _information(self, key: str) -> dict[str, Any] | None:
        """What is known of a file or a folder; None where there is neither."""
        with suppress(NotFound), _reading(key):
            found: dict[str, Any] = self._files.info(self._at(key))
            return found
        return None

    def _entry(self, info: dict[str, Any]) -> Entry:
        key = info["name"].removeprefix(self._root).lstrip("/")
        return Entry(key, info["size"], self._modified(info))

    def _modified(self, info: dict[str, Any]) -> float:
        told = next((info[name] for name in TIMES if name in info), None)
        if told is None or isinstance(told, str):
            told = self._files.modified(info["name"])
        return told.timestamp() if isinstance(told, datetime) else float(told)

    def _upload(self, key: str, send: Any) -> None:
        try:
            send(self._at(key))
        except OSError as error:
            raise unwritten(key, error) from error
        except Exception as error:  # each library has errors of its own
            raise Unavailable(_unanswered(key, error)) from error

    def _at(self, key: str) -> str:
        return f"{self._root}/{key}"


@contextmanager
def _reading(key: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unread(key, error) from None
    except Exception as error:  # each library has errors of its own
        raise Unavailable(_unanswered(key, error)) from None


def _unanswered(key: str, error: Exception) -> str:
    """Without the library's own text, which may hold addresses and keys."""
    return f"The file store does not answer for {key} ({type(error).__name__})."
