"""The application in this process, on a database of each test module's own, and a team in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.settings import Settings, settings
from core.store import Store, open_store
from server.app import create_app
from tests.environment import settings_of
from tests.server.people import BOOTSTRAP, Team, assemble


@pytest.fixture(scope="module")
def imports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which may be imported."""
    return tmp_path_factory.mktemp("imports")


@pytest.fixture(scope="module")
def service(
    database_url: str, redis_url: str, imports: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings of this module's own. The reconciler sleeps, so that nothing moves by itself."""
    values = {
        "database_url": database_url,
        "redis_url": redis_url,
        "import_roots": imports,
        "bootstrap_token": BOOTSTRAP,
        "reconcile_s": 3600,
        "body_ceiling_bytes": 20_000,
        "mask_ceiling_bytes": 50_000,
        "upload_part_bytes": 70_000,
        "log_level": "WARNING",
    }
    with settings_of(tmp_path_factory.mktemp("data"), **values):
        yield settings()


@pytest.fixture(scope="module")
def client(service: Settings) -> Iterator[TestClient]:  # noqa: ARG001
    with TestClient(create_app()) as started:
        yield started


@pytest.fixture
def team(client: TestClient) -> Team:
    """A project of three classes and 10-pixel cells, and somebody of every role."""
    return assemble(client)


@pytest.fixture
def store(service: Settings) -> Store:  # noqa: ARG001
    return open_store()


@pytest.fixture
def lease(team: Team) -> dict[str, Any]:
    """A lease of the annotator's on a region of 10x10 pixels."""
    team.labelling(number=2)
    return team.annotator.lease(team.project)
