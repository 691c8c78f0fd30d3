"""The demo's own data folder: wiped at a fresh start, so it must be certain whose it is."""

import shutil
from pathlib import Path

MARKER = "DEMO.txt"
NOTE = "This folder belongs to `tessera demo`, which deletes everything in it at a fresh start.\n"


def claim(folder: Path, *, keep: bool) -> Path:
    """The folder, emptied unless `keep`. Refuses one that holds anything but a demo."""
    folder = folder.absolute()
    foreign = folder.exists() and any(folder.iterdir()) and not (folder / MARKER).is_file()
    if foreign or folder.is_symlink():
        raise ValueError(
            f"{folder} is not a demo's folder (there is no {MARKER} in it), so it is not wiped; "
            "move it away, or choose another TESSERA_DATA_DIR"
        )
    if folder.exists() and not keep:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / MARKER).write_text(NOTE)
    return folder
