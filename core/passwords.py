"""Passwords as Argon2id digests: 19 MiB, two passes, one lane (the OWASP minimum), a salt for each.

Hashing takes memory and a core on purpose, so no more of it runs at once than there are cores.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import PasswordRefused, Unavailable

SHORTEST, LONGEST_BYTES = 10, 1024
FEWEST_DIFFERENT = 5
PATIENCE_S = 5.0

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_cores = threading.BoundedSemaphore(os.cpu_count() or 1)


def digest(password: str, *, of: str) -> str:
    """What is stored of the password of the user named `of`. Raises PasswordRefused."""
    _check(password, of)
    with _core():
        return _hasher.hash(_bytes(password))


def _check(password: str, name: str) -> None:
    """Length is what counts (NIST SP 800-63B); a repeated letter or one's own name is none."""
    if not len(password) >= SHORTEST or len(_bytes(password)) > LONGEST_BYTES:
        raise PasswordRefused(
            f"Expected {SHORTEST} characters to {LONGEST_BYTES} bytes; {len(password)} characters "
            "were given. A few words that only you would put together are easily remembered."
        )
    rest = password.casefold().replace(name.casefold(), "")
    if len(set(rest)) < FEWEST_DIFFERENT:
        raise PasswordRefused(
            f"Expected at least {FEWEST_DIFFERENT} different characters besides the user's name."
        )


def _bytes(password: str) -> bytes:
    """Whatever was typed: half a character pair too."""
    return password.encode(errors="surrogatepass")


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; takes as long when nothing is stored."""
    if len(_bytes(password)) > LONGEST_BYTES:
        return False
    with _core():
        try:
            return _hasher.verify(stored or _nobodys(), _bytes(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """Whether the digest was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@lru_cache
def _nobodys() -> str:
    return _hasher.hash(os.urandom(16).hex())


@contextmanager
def _core() -> Iterator[None]:
    if not _cores.acquire(timeout=PATIENCE_S):
        raise Unavailable("Too many people sign in at this moment; try again.")
    try:
        yield
    finally:
        _cores.release()
