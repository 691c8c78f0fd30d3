"""Connections that break around a commit: the outcome is unknown, and a repeat makes it certain."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import get_args

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from core import jobs, reconcile, stages, users
from core.db import transaction
from core.errors import Fenced
from core.models import Label, Project, Region, User
from core.plans import Plan
from server.app import create_app
from tests import factories
from tests.environment import settings_of
from tests.factories import act, fresh, sql
from tests.faults.proxy import Cut, Proxy, proxying
from tests.server.people import Person, problem
from tests.services import database_name
from worker import engine

pytestmark = pytest.mark.slow

BOTH = pytest.mark.parametrize("cut", get_args(Cut))


@pytest.fixture(scope="module")
def proxy(database_url: str) -> Iterator[Proxy]:
    with proxying(database_url) as found:
        yield found


@pytest.fixture(scope="module")
def environment(
    proxy: Proxy, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """In the place of the one that reaches the database directly."""
    data: Path = tmp_path_factory.mktemp("data")
    with settings_of(data, database_url=proxy.url, redis_url=redis_url, disk_floor_mb=0) as env:
        yield env


@pytest.fixture(scope="module")
def ada(environment: dict[str, str]) -> User:  # noqa: ARG001
    return factories.user()


@pytest.fixture
def project(ada: User) -> Project:
    return factories.project(ada)


@pytest.fixture(scope="module")
def client(environment: dict[str, str]) -> Iterator[TestClient]:  # noqa: ARG001
    with TestClient(create_app(), raise_server_exceptions=False) as found:
        yield found


@BOTH
def test_a_label_whose_commit_breaks_is_there_once_after_a_repeat(
    proxy: Proxy, project: Project, ada: User, cut: Cut
) -> None:
    factories.labelling(project, ada, number=1)
    [held] = factories.lease(project, ada)
    with proxy.breaking(cut), pytest.raises(OperationalError):
        factories.submit(held, 1)
    with transaction() as db:
        count = select(func.count()).select_from(Label).filter_by(project_id=project.id)
        assert db.scalar(count) == (cut == "after")
        known = db.scalar(select(Label.id).filter_by(project_id=project.id))
    again = factories.submit(held, 1)
    assert known in (None, again.id)
    assert (again.status, again.revision) == ("accepted", 1)


@BOTH
def test_the_server_asks_for_patience_and_a_repeat_with_the_key_is_one_label(
    proxy: Proxy, client: TestClient, project: Project, ada: User, cut: Cut
) -> None:
    ada_at_work = Person(client, ada, act(users.create_token, ada)[1])
    factories.labelling(project, ada, number=2)
    lease = ada_at_work.lease(project)
    key = {"Idempotency-Key": f"{cut} {project.id}"}
    with proxy.breaking(cut):
        problem(ada_at_work.put_label(lease, 1, headers=key), 503, "unavailable")
    first = ada_at_work.put_label(lease, 1, headers=key)
    second = ada_at_work.put_label(lease, 1, headers=key)
    assert (first.status_code, second.content) == (201, first.content)


@BOTH
def test_a_claim_whose_commit_breaks_is_nobodys_and_comes_back(
    proxy: Proxy, project: Project, cut: Cut
) -> None:
    job = act(jobs.add, kind="import", project_id=project.id, request={"path": "/nowhere"})
    with proxy.breaking(cut), pytest.raises(OperationalError):
        engine.run(job.id)
    assert fresh(job).state == ("running" if cut == "after" else "pending")
    sql("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE state = 'running'")
    reconcile.reconcile()
    assert fresh(job).state == "pending"
    sql("UPDATE jobs SET state = 'cancelled', finished_at = now() WHERE id = :id", id=job.id)


@BOTH
def test_a_stage_whose_end_breaks_has_ended_or_is_tried_again(
    proxy: Proxy, project: Project, ada: User, cut: Cut
) -> None:
    on = factories.image(project)
    cycle = factories.cycle(project, ada, Plan(regions=2))
    held = factories.claim(factories.pending(cycle))
    chosen = factories.cells(cycle, on, 2)
    with proxy.breaking(cut), pytest.raises(OperationalError) as broken:
        act(stages.selected, held, chosen, [])
    with suppress(Fenced):
        engine._write_end(held, broken.value)
    done = cut == "after"
    assert fresh(cycle).state == ("labelling" if done else "selecting")
    with transaction() as db:
        regions = select(func.count()).select_from(Region).filter_by(cycle_id=cycle.id)
        assert db.scalar(regions) == (2 if done else 0)
        assert jobs.get(db, held.job_id).state == ("succeeded" if done else "pending")


def test_connections_that_were_all_cut_cost_nothing(
    proxy: Proxy, client: TestClient, project: Project, ada: User
) -> None:
    somebody = Person(client, ada, act(users.create_token, ada)[1])
    proxy.reset_all()
    assert somebody.get(f"/projects/{project.id}").status_code == 200


def test_a_database_that_takes_no_writes_for_now_is_told_as_such(
    proxy: Proxy, database_url: str, client: TestClient, project: Project, ada: User
) -> None:
    somebody = Person(client, ada, act(users.create_token, ada)[1])
    factories.labelling(project, ada, number=1)
    lease = somebody.lease(project)
    name = database_name(database_url)
    with psycopg.connect(database_url, autocommit=True) as direct:
        direct.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        proxy.reset_all()
        problem(somebody.put_label(lease, 1), 503, "unavailable")
        assert somebody.get(f"/projects/{project.id}").status_code == 200
        direct.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    proxy.reset_all()
    assert somebody.put_label(lease, 1).status_code == 201
