"""A server as a process of its own, with a team that labels."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import factories
from tests.environment import settings_of
from tests.server.hostile.asking import PATIENT
from tests.server.people import Team, assemble
from tests.serving import Server, serving


@pytest.fixture(scope="module")
def server(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    values = {"database_url": database_url, "redis_url": redis_url, "log_level": "INFO",
              "decode_ceiling_s": 1}  # fmt: skip
    with settings_of(tmp_path_factory.mktemp("data"), **values) as environment:
        log: Path = tmp_path_factory.mktemp("server") / "server.log"
        with serving(environment, log) as started:
            yield started


@pytest.fixture(scope="module")
def team(server: Server) -> Iterator[Team]:
    with httpx.Client(base_url=server.url, **PATIENT) as client:
        made = assemble(client)  # type: ignore[arg-type]
        factories.labelling(made.project, made.admin.user, number=40)
        yield made
