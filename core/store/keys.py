"""Names of files: `sha256/ab/cdef...`, the hash of what they hold."""

import hashlib
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 20


def content_key(data: bytes) -> str:
    """The key of these bytes."""
    return digest_key(hashlib.sha256(data).hexdigest())


def file_key(path: Path) -> str:
    """The key of a file's bytes."""
    with path.open("rb") as file:
        return stream_key(file)


def stream_key(file: BinaryIO) -> str:
    """The key of all that is still to be read, taken in pieces."""
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest_key(digest.hexdigest())


def digest_key(digest: str) -> str:
    """The key of the content with this hexadecimal SHA-256."""
    return f"sha256/{digest[:2]}/{digest[2:]}"
