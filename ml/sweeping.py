"""Folders of files by their content (`ab/cdef...`) that hold at most so many bytes: what was not
used for longest goes first."""

import time
from collections.abc import Collection
from pathlib import Path

STALE_S = 3600.0
"""A file half-written for so long belongs to a process that was killed."""


def sweep(folder: Path, room: int, *, used: Collection[str] = ()) -> int:
    """Delete files until at most `room` bytes are left, never those `used`; the bytes left."""
    entries = _entries(folder)
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= room:
            break
        if path.parent.name + path.stem not in used:
            path.unlink(missing_ok=True)
            total -= size
    return total


def _entries(folder: Path) -> list[tuple[int, int, Path]]:
    """When each file was used last, its size and place; what a killed process left is deleted."""
    now, found = time.time(), []
    for path in folder.glob("*/*"):
        try:
            about = path.stat()
            if not path.name.startswith("."):
                found.append((about.st_mtime_ns, about.st_size, path))
            elif now - about.st_mtime > STALE_S:
                path.unlink()
        except FileNotFoundError:
            continue  # another process was faster
    return found
