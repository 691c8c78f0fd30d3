"""The application without its services. Settings of its own, so apart from the other tests."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from core import schema
from core.db import engine, transaction
from server.app import create_app
from tests import services
from tests.environment import settings_of
from tests.server.people import API, problem
from tests.server.test_figures import figures

pytestmark = pytest.mark.slow


def test_without_a_database_the_service_asks_for_patience(tmp_path: Path):
    with settings_of(tmp_path, database_url="postgresql://127.0.0.1:1/none"):
        away = TestClient(create_app(), headers={"Authorization": "Bearer tes_x"})
        for answer in (
            away.get(f"{API}/users/me"),
            away.post(f"{API}/projects/1/leases", json={"count": 1}),
            away.put(f"{API}/regions/1/label?lease_id={UUID(int=1)}&epoch=1", content=b"\0"),
        ):
            problem(answer, 503, "unavailable")
            assert answer.headers["retry-after"] == "1"
        assert away.get("/health/live").status_code == 200


def test_while_all_connections_are_taken_the_service_asks_for_patience(
    tmp_path: Path, fresh_database_url: str, redis_url: str
):
    with settings_of(tmp_path, database_url=fresh_database_url, redis_url=redis_url):
        busy = TestClient(create_app(), headers={"Authorization": "Bearer tes_x"})
        taken = [engine().connect() for _ in range(engine().pool.size())]
        for answer in (busy.get(f"{API}/users/me"), busy.post(f"{API}/projects/1/leases", json={})):
            problem(answer, 503, "unavailable")
            assert answer.headers["retry-after"]
        for each in taken:
            each.close()
        problem(busy.get(f"{API}/users/me"), 401, "invalid_token")


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


def test_a_database_of_another_version_is_neither_served_nor_ready(
    tmp_path: Path, fresh_database_url: str, redis_url: str
):
    with settings_of(tmp_path, database_url=fresh_database_url, redis_url=redis_url):
        started = TestClient(create_app())
        for change, state, told in (
            ("DROP COLUMN mask_px", "not migrated", r"lacks images\.mask_px\); run `python -m"),
            ("ADD mask_px bigint, ADD smell text", "newer than this version", "has images.smell"),
        ):
            with transaction() as db:
                db.execute(text(f"ALTER TABLE images {change}"))
            answer = started.get("/health/ready")
            assert (answer.status_code, answer.json()["checks"]["database"]) == (503, state)
            with pytest.raises(SystemExit, match=told):
                create_app()


def test_an_empty_database_is_not_served(tmp_path: Path, postgres_url: str):
    with services.empty_database(postgres_url) as url, settings_of(tmp_path, database_url=url):
        with pytest.raises(SystemExit, match="run `python -m migrations`"):
            create_app()
        assert "python -m migrations" in (schema.problem() or "")
