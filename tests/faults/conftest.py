"""A service of short leases whose processes are there to be killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import settings_of
from tests.faults.arena import SETTINGS, nursery
from tests.faults.processes import Nursery
from tests.verified import verified
from tests.worker import campaign


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return campaign.draw(tmp_path_factory.mktemp("scenes"), pool=2)


@pytest.fixture(scope="module")
def environment(
    database_url: str, redis_url: str, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    urls = {"database_url": database_url, "redis_url": redis_url, "import_roots": folder}
    with settings_of(tmp_path_factory.mktemp("data"), **urls, **SETTINGS) as env:
        yield env


@pytest.fixture(scope="module")
def forks(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nursery]:
    with nursery(environment, tmp_path_factory.mktemp("log") / "processes.log") as found:
        yield found


@pytest.fixture(autouse=True)
def whole(environment: dict[str, str]) -> Iterator[None]:  # noqa: ARG001
    """After every fault rows and files fit together."""
    yield
    verified()
