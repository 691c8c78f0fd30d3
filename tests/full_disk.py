"""A disk that is too full: the floor lies above whatever this machine has free."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core import disk
from core.settings import settings


@contextmanager
def full_disk() -> Iterator[None]:
    above = settings().model_copy(update={"disk_floor_mb": disk.free_mb() + 2**20})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.disk.settings", lambda: above)
        yield
