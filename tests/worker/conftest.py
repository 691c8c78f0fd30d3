"""A database, a store and scenes for the tests of the worker; leases are short."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import settings_of
from tests.worker import campaign

SHORT = {
    "job_lease_s": "4",
    "heartbeat_s": "1",
    "reconcile_s": "0.5",
    "ring_again_s": "1",
    "checkpoint_s": "0.2",
    "stop_grace_s": "10",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return campaign.draw(tmp_path_factory.mktemp("scenes"))


@pytest.fixture(scope="module")
def environment(
    database_url: str, redis_url: str, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    data = tmp_path_factory.mktemp("data")
    urls = {"database_url": database_url, "redis_url": redis_url, "import_roots": folder}
    with settings_of(data, **urls, **SHORT) as env:
        yield env
