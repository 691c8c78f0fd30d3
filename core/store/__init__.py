"""Files by the SHA-256 of their content, in a folder or in an object store.

Write to a temporary name, fsync, rename, fsync the folder, and only then the row: a row never
points at nothing, and a rolled-back row leaves an unreferenced file that hurts nobody. Checkpoints
alone have names of their own, since each replaces the one before.
"""

from functools import lru_cache
from pathlib import Path

from core.settings import settings
from core.store.contract import Entry, Store
from core.store.folder import FolderStore
from core.store.keys import content_key, digest_key, file_key, stream_key
from core.store.objects import ObjectStore

__all__ = [
    "Entry",
    "FolderStore",
    "ObjectStore",
    "Store",
    "content_key",
    "digest_key",
    "file_key",
    "open_store",
    "stream_key",
]


@lru_cache
def open_store(location: str | None = None) -> Store:
    """The store at `location` (a folder or an fsspec URL), by default the settings' one."""
    location = location or settings().store
    if "://" in location:
        return ObjectStore(location, settings().data_dir.absolute() / "cache")
    return FolderStore(Path(location).absolute())
