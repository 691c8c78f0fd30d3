"""Files that are either whole or absent: written aside, synced, then renamed into place."""

import errno
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ml.errors import Failure

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_bytes(path: Path, content: bytes) -> None:
    """Raises Failure `disk_full`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(path) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


@contextmanager
def written_aside(path: Path) -> Iterator[IO[bytes]]:
    """What is written becomes `path` at the end, or nothing is left of it.

    Raises Failure `disk_full`. Each thread has a name of its own: two may write one file at once.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.partial")
    try:
        with aside.open("wb") as file:
            yield file
        aside.replace(path)
    except BaseException as error:
        aside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise Failure(
                "disk_full",
                f"no room to write {path}: {error.strerror}; free some space and start again",
            ) from error
        raise


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Refuses NaN and infinities (ValueError), which JSON readers elsewhere would not take."""
    write_bytes(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())


def sync_folder(folder: Path) -> None:
    """A rename survives a power cut only once its folder is synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
