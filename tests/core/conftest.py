"""What the tests of the rules stand on: a service's settings, its database and its store."""

from collections.abc import Iterator

import pytest

from core.models import Project, User
from core.settings import Settings, settings
from core.store import Store, open_store
from tests import factories
from tests.core.clock import Clock
from tests.environment import settings_of


@pytest.fixture(scope="module")
def service(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings that point at this module's own database and folders."""
    imports = tmp_path_factory.mktemp("imports")
    urls = {"database_url": database_url, "redis_url": redis_url, "import_roots": imports}
    with settings_of(tmp_path_factory.mktemp("data"), **urls):
        yield settings()


@pytest.fixture
def store(service: Settings) -> Store:  # noqa: ARG001
    return open_store()


@pytest.fixture(scope="module")
def ada(service: Settings) -> User:  # noqa: ARG001
    """Somebody who starts things; one for a whole module, since making people takes time."""
    return factories.user()


@pytest.fixture(scope="module")
def bob(service: Settings) -> User:  # noqa: ARG001
    """Somebody else."""
    return factories.user()


@pytest.fixture
def project(ada: User) -> Project:
    """A project of Ada's: three classes, cells of 10 pixels, no images yet."""
    return factories.project(ada)


@pytest.fixture(scope="module")
def clock(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clock]:
    """The time of this module's database, which the module sets; in the place of `service`."""
    hand = Clock(database_url)
    urls = {"database_url": database_url, "redis_url": redis_url}
    with settings_of(tmp_path_factory.mktemp("data"), **urls, score_shard_images=16):
        yield hand
    hand.close()


@pytest.fixture(scope="module")
def clocked_ada(clock: Clock) -> User:  # noqa: ARG001
    """Ada, where the module sets the time."""
    return factories.user()
