"""The process's settings turned to a database, a Redis and folders of a test's own.

Settings, engine, broker and store are kept per process, so all are forgotten before and after.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.db import engine
from core.doorbell import broker
from core.settings import settings
from core.store import open_store


@contextmanager
def settings_of(data_dir: Path, **values: object) -> Iterator[dict[str, str]]:
    """Settings by name, such as lease_ttl_s=5, for this process while inside.

    Gives the environment that a child process needs to have the same ones.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"data_dir": data_dir, **values}.items():
            patch.setenv(f"TESSERA_{name.upper()}", str(value))
        _forget()
        try:
            yield dict(os.environ)
        finally:
            engine().dispose()
            broker().close()
            _forget()


def _forget() -> None:
    for kept in (settings, engine, broker, open_store):
        kept.cache_clear()
