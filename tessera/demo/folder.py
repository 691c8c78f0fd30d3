"""The demo's own data folder: wiped at a fresh start, so it must be certain whose it is."""

import shutil
from pathlib import Path

from tessera import local

MARKER = "DEMO.txt"
NOTE = "This folder belongs to `tessera demo`, which deletes everything in it at a fresh start.\n"


def claim(folder: Path, *, keep: bool) -> Path:
    """The folder, emptied unless `keep`. Refuses one that holds anything but a demo.

    Raises ValueError, or FolderInUse while another demo runs in it.
    """
    folder = folder.absolute()
    foreign = folder.exists() and any(folder.iterdir()) and not (folder / MARKER).is_file()
    if foreign or folder.is_symlink():
        raise ValueError(
            f"{folder} is not a demo's folder (there is no {MARKER} in it), so it is not wiped; "
            "move it away, or choose another TESSERA_DATA_DIR"
        )
    local.prepare(folder)
    with local.locked(folder):
        if not keep:
            wipe(folder)
        folder.chmod(0o700)
        (folder / MARKER).write_text(NOTE)
    return folder


def wipe(folder: Path) -> None:
    """All but the lock, which is ours now, and the marker, in case this is interrupted."""
    for path in folder.iterdir():
        if path.name in {local.LOCK_FILE, MARKER}:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
