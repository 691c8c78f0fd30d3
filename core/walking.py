"""Every file of a folder, without a list of all of them."""

import os
from collections.abc import Iterator
from pathlib import Path


def below(folder: Path) -> Iterator[str]:
    """The names of all files, relative to the folder, in an order that is always the same.

    Links to folders are files here: what they lead to may lie elsewhere.
    """
    return _below(str(folder), "")


def _below(folder: str, prefix: str) -> Iterator[str]:
    for name in sorted(os.listdir(folder)):
        path = f"{folder}/{name}"
        if os.path.isdir(path) and not os.path.islink(path):
            yield from _below(path, f"{prefix}{name}/")
        else:
            yield prefix + name
