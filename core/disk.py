"""Room on the disks. Below a floor nothing new is begun, so that what runs can still end well.

The floor is for those who begin something (a submit, an upload, a stage). The store itself
writes as long as there is any room: the reserve is there for results.
"""

import shutil
from pathlib import Path

from core.errors import DiskFull
from core.settings import settings
from core.store.contract import NO_ROOM

MIB = 2**20


def free_mb() -> int:
    """MiB free where there is least: the data folder, or a store that is a local folder."""
    places = [settings().data_dir.absolute()]
    if "://" not in settings().store:
        places.append(Path(settings().store).absolute())
    return min(shutil.disk_usage(_existing(place)).free for place in places) // MIB


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


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
