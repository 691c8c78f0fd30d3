"""Members of an archive as this service takes them, and which names they may have."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from core.errors import ArchiveRejected

LONGEST_NAME_BYTES, LONGEST_PATH_BYTES = 255, 2048
# What macOS adds to every archive, beside the files that people mean.
ADDED_BY_MACOS = ("__MACOSX", ".DS_Store")


@dataclass(frozen=True)
class Member:
    """A regular file of an archive; `size` is what the archive claims, `open` reads it."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


def is_litter(name: str) -> bool:
    """Whether a computer has put this file there, and no person."""
    parts = PurePosixPath(name).parts
    return any(part in ADDED_BY_MACOS or part.startswith("._") for part in parts)


def check_name(name: str) -> None:
    """Raises ArchiveRejected unless the name is a plain relative path of readable characters."""
    parts = name.split("/")
    shown = name.encode(errors="replace").decode()[:200]
    if name.startswith("/") or "\\" in name or ":" in parts[0] or ".." in parts:
        raise ArchiveRejected(f"{shown!r} does not stay inside the archive's own folder.")
    if "" in parts or "." in parts:
        raise ArchiveRejected(f"{shown!r} is not written as the path that it is.")
    try:
        long = [part for part in parts if len(part.encode()) > LONGEST_NAME_BYTES]
    except UnicodeEncodeError:
        raise ArchiveRejected(f"{shown!r} is not UTF-8; rename it.") from None
    if long or len(name.encode()) > LONGEST_PATH_BYTES:
        raise ArchiveRejected(f"{shown!r} … is too long a name.")
    if any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in name):
        raise ArchiveRejected(f"{shown!r} holds characters that nobody can see; rename it.")


def folded(name: str) -> str:
    """The name as file systems may compare it, that don't tell cases or accents' spellings."""
    return unicodedata.normalize("NFC", name).casefold()
