"""The application without its services. Settings of its own, so apart from the other tests."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server.app import create_app
from tests import services
from tests.environment import settings_of
from tests.server.people import API, problem
from tests.server.test_figures import figures

pytestmark = pytest.mark.slow


def test_without_a_database_the_service_asks_for_patience(tmp_path: Path):
    with settings_of(tmp_path, database_url="postgresql://127.0.0.1:1/none"):
        away = TestClient(create_app())
        answer = away.get(f"{API}/users/me", headers={"Authorization": "Bearer tes_x"})
        problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "1"
        assert away.get("/health/live").status_code == 200


def test_without_a_database_the_figures_say_so(tmp_path: Path):
    with settings_of(tmp_path, database_url="postgresql://127.0.0.1:1/none"):
        assert figures(TestClient(create_app()))["tessera_database_up",] == 0


def test_a_service_without_its_services_lives_but_is_not_ready(tmp_path: Path):
    away = {"database_url": "postgresql://127.0.0.1:1/none", "redis_url": "redis://127.0.0.1:1/0"}
    with settings_of(tmp_path, **away):
        alone = TestClient(create_app())
        assert alone.get("/health/live").json() == {"status": "ok"}
        answer = alone.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "unavailable",
        "redis": "unavailable",
        "store": "ok",
        "disk": "ok",
    }


def test_a_database_without_tables_is_not_ready(tmp_path: Path, postgres_url: str, redis_url: str):
    with (
        services.empty_database(postgres_url) as url,
        settings_of(tmp_path, database_url=url, redis_url=redis_url),
    ):
        answer = TestClient(create_app()).get("/health/ready")
        assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "not migrated")
