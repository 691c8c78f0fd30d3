"""The calls by which files are written fail, one at a time: every n-th of them, for every n."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

# What a write asks of the system.
CALLS = (
    (Path, "mkdir"),
    (tempfile, "mkstemp"),
    (shutil, "copyfileobj"),
    (os, "fsync"),
    (os, "replace"),
    (os, "rename"),
    (os, "open"),
)


class Faults:
    """Counts the calls of `CALLS`, and makes the `n`-th fail; 0 lets all of them pass."""

    def __init__(self, n: int, code: int) -> None:
        self.seen = 0
        self._n = n
        self._code = code

    def around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.seen += 1
            if self.seen == self._n:
                self._half(real, args)
                raise OSError(self._code, os.strerror(self._code))
            return real(*args, **kwargs)

        return call

    @staticmethod
    def _half(real: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if real.__name__ == "copyfileobj":  # a full disk takes the first part
            source, target = args[:2]
            target.write(source.read(100))


@contextmanager
def faults(n: int, code: int = errno.EIO) -> Iterator[Faults]:
    found = Faults(n, code)
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in CALLS:
            patch.setattr(owner, name, found.around(getattr(owner, name)))
        yield found
