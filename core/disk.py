"""Room on the disks. Below a floor nothing new is begun, so that what runs can still end well.

The floor is for those who begin something (a submit, an upload, a stage). The store itself
writes as long as there is any room: the reserve is there for results.
"""

import os
from functools import lru_cache
from pathlib import Path

from core.errors import DiskFull
from core.settings import settings
from core.store.contract import NO_ROOM

MIB = 2**20


def free_mb() -> int:
    """MiB free where there is least: the data folder, or a store that is a local folder."""
    return min(map(_free_bytes, _places(settings().data_dir, settings().store_url))) // MIB


@lru_cache
def _places(data_dir: Path, store_url: str | None) -> list[str]:
    """Kept, since annotators' every submit asks."""
    stores = [] if store_url is None or "://" in store_url else [Path(store_url)]
    return [str(each.absolute()) for each in (data_dir / "store", data_dir, *stores)]


def _free_bytes(place: str) -> int:
    """On the disk that has the place, or will have it."""
    try:
        found = os.statvfs(place)
    except FileNotFoundError:
        return _free_bytes(os.path.dirname(place))
    return found.f_bavail * found.f_frsize


def is_low() -> bool:
    """Whether there is less room than the floor asks for."""
    return free_mb() < settings().disk_floor_mb


def require_room() -> None:
    """Raise DiskFull when there is less room than the floor asks for."""
    free, floor = free_mb(), settings().disk_floor_mb
    if free < floor:
        raise DiskFull(
            f"Only {free} MiB are free on the disk, and {floor} MiB are kept in reserve. Reading "
            "goes on; to write again, free some room (`tessera gc` deletes what nothing refers "
            "to) or lower TESSERA_DISK_FLOOR_MB. What waits goes on by itself."
        )


def lacks_room(error: BaseException) -> bool:
    """Whether the error says that a disk is full."""
    return isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in NO_ROOM)
