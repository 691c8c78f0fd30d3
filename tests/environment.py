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
from core.limits import counters
from core.settings import settings
from core.store import open_store

# Tests sign in and ask faster than people do, and their client calls its server "testserver".
PATIENT = {
    "token_rate": 0,
    "sign_ins_per_minute_and_address": 10_000,
    "trusted_hosts": "localhost,127.0.0.1,testserver",
}


@contextmanager
def settings_of(data_dir: Path, **values: object) -> Iterator[dict[str, str]]:
    """Settings by name, such as lease_ttl_s=5, for this process while inside.

    Gives the environment that a child process needs to have the same ones.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"data_dir": data_dir, **PATIENT, **values}.items():
            patch.setenv(f"TESSERA_{name.upper()}", str(value))
        _forget()
        try:
            yield dict(os.environ)
        finally:
            engine().dispose()
            broker().close()
            _forget()


def _forget() -> None:
    for kept in (settings, engine, broker, counters, open_store):
        kept.cache_clear()
