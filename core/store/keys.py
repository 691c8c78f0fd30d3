"""Names of files: `sha256/ab/cdef...`, the hash of what they hold."""

import hashlib
from pathlib import Path


def content_key(data: bytes) -> str:
    """The key of these bytes."""
    return digest_key(hashlib.sha256(data).hexdigest())


def file_key(path: Path) -> str:
    """The key of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return digest_key(hashlib.file_digest(file, "sha256").hexdigest())


def digest_key(digest: str) -> str:
    """The key of the content with this hexadecimal SHA-256."""
    return f"sha256/{digest[:2]}/{digest[2:]}"
