"""A real server as a process of its own, without workers: jobs stay pending."""

import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from core.settings import Settings
from tessera import local, processes
from tessera.client import Client, Project
from tessera.family import Family
from tessera.processes import Program
from tessera.stack import environment

START_WITHIN_S = 60.0
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
        port=local.free_port("127.0.0.1", 0),
        token_rate=0,
        bootstrap_token=SecretStr(f"tes_{secrets.token_urlsafe(32)}"),
    )
    (folder / "data").mkdir()
    url = f"http://127.0.0.1:{settings.port}"
    with Family() as family:
        child = family.start(server_program(settings))
        processes.wait_until(child, lambda: answers(url), within_s=START_WITHIN_S)
        assert settings.bootstrap_token is not None
        yield Service(url, settings.bootstrap_token.get_secret_value(), folder / "data")


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


def server_program(settings: Settings) -> Program:
    server = ["uvicorn", "--factory", "server.app:create_app", "--port", str(settings.port)]
    return Program(
        name="server",
        command=[sys.executable, "-m", *server],
        log=settings.data_dir / "server.log",
        env=environment(settings, os.environ),
    )


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
