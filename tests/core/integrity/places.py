"""Another place: an empty database and store, for as long as a test is in it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from core.db import engine
from core.store import FolderStore, open_store
from tests import services
from tests.environment import settings_of

Place = Callable[[], AbstractContextManager[tuple[FolderStore, dict[str, str]]]]


@pytest.fixture
def elsewhere(postgres_url: str, template_database: str, redis_url: str, tmp_path: Path) -> Place:
    """Gives the store there, and the environment of a process that works there."""

    @contextmanager
    def place() -> Iterator[tuple[FolderStore, dict[str, str]]]:
        engine().dispose()  # forgotten while inside
        with services.empty_database(postgres_url, template_database) as url:
            urls = {"database_url": url, "redis_url": redis_url}
            with settings_of(tmp_path / "elsewhere", **urls) as environment:
                store = open_store()
                assert isinstance(store, FolderStore)
                yield store, environment

    return place
