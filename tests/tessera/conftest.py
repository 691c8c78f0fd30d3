"""A real server as a process of its own, without workers: jobs stay pending."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.settings import Settings
from tessera.client import Client, Project
from tessera.stack import environment
from tests.serving import serving

CLASSES = (
    {"value": 0, "name": "road", "color": "#804080"},
    {"value": 1, "name": "sky", "color": "#808080"},
)


@dataclass(frozen=True)
class Service:
    url: str
    token: str
    import_root: Path


@pytest.fixture(scope="module")
def service(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The server on a database of this module, with its first admin's token."""
    folder = tmp_path_factory.mktemp("service")
    settings = Settings(
        database_url=database_url,
        redis_url=redis_url,
        data_dir=folder,
        import_roots=(folder / "data",),
        token_rate=0,
        bootstrap_token=SecretStr(f"tes_{secrets.token_urlsafe(32)}"),
    )
    (folder / "data").mkdir()
    with serving(environment(settings, os.environ), folder / "server.log") as server:
        assert settings.bootstrap_token is not None
        token = settings.bootstrap_token.get_secret_value()
        yield Service(server.url, token, folder / "data")


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    """Signed in as the site admin."""
    with Client(service.url, service.token) as client:
        yield client


@pytest.fixture
def project(client: Client) -> Project:
    """A new, empty project of two classes."""
    name = f"streets-{secrets.token_hex(4)}"
    return client.create_project(name, cell_px=10, classes=CLASSES, recipe="s4al-cpu")
