"""The reconciler makes good what was lost; running many of it is harmless."""

import logging

import pytest
from sqlalchemy.exc import OperationalError

from core import jobs, reconcile
from core.models import Job, Project, User
from core.reconcile import Reconciler
from core.settings import settings
from tests import factories
from tests.core.queues import drain, waiting
from tests.core.threads import errors, outcomes
from tests.factories import act, claim, fresh, sql
from tests.waiting import until


@pytest.fixture
def job(project: Project) -> Job:
    made = act(jobs.add, kind="import", project_id=project.id)
    drain()
    return made


def test_a_job_of_a_dead_worker_is_taken_back_and_rung(job: Job):
    claim(job)
    sql("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = :id", id=job.id)
    reconcile.reconcile()
    assert (fresh(job).state, fresh(job).attempt) == ("pending", 1)
    sql("UPDATE jobs SET not_before = now() WHERE id = :id", id=job.id)
    reconcile.reconcile()
    assert job.id in waiting("light")


def test_a_lost_bell_rings_again(job: Job):
    sql("UPDATE jobs SET last_rung_at = now() - interval '61 s' WHERE id = :id", id=job.id)
    reconcile.reconcile()
    reconcile.reconcile()
    assert waiting("light").count(job.id) == 1


def test_a_cycle_whose_regions_are_all_settled_is_closed(project: Project, ada: User):
    cycle = factories.labelling(project, ada)
    sql("UPDATE regions SET state = 'skipped' WHERE cycle_id = :id", id=cycle.id)
    reconcile.reconcile()
    assert fresh(cycle).state == "closed"


def test_a_cycle_with_an_open_region_goes_on(project: Project, ada: User):
    cycle = factories.labelling(project, ada)
    reconcile.reconcile()
    assert fresh(cycle).state == "labelling"


def test_an_automatic_campaign_goes_on(project: Project, ada: User):
    factories.image(project)
    factories.labelling(project, ada, auto=True)
    for held in factories.lease(project, ada, number=4):
        factories.submit(held)
    reconcile.reconcile()
    drawn = act(lambda db: db.query(Job).filter_by(project_id=project.id, kind="train").count())
    assert drawn == 1


def test_many_at_once_are_harmless(project: Project, ada: User, job: Job):
    factories.labelling(project, ada)
    claim(job)
    sql("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = :id", id=job.id)
    assert errors(outcomes(*[reconcile.reconcile] * 4)) == []
    assert (fresh(job).state, fresh(job).epoch) == ("pending", 1)


@pytest.fixture
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    often = settings().model_copy(update={"reconcile_s": 0.02})
    monkeypatch.setattr("core.reconcile.settings", lambda: often)


@pytest.mark.usefixtures("_often")
def test_it_runs_beside_until_stopped(job: Job):
    sql("UPDATE jobs SET last_rung_at = now() - interval '61 s' WHERE id = :id", id=job.id)
    beside = Reconciler()
    beside.start()
    until(lambda: job.id in waiting("light"))
    beside.stop()
    assert not beside._thread.is_alive()


@pytest.mark.usefixtures("_often", "service")
def test_an_error_costs_one_round(caplog: pytest.LogCaptureFixture):
    rounds = []

    def fails() -> None:
        rounds.append(1)
        raise OperationalError("SELECT 1", {}, Exception("the database is away"))

    with caplog.at_level(logging.WARNING):
        beside = Reconciler(fails)
        beside.start()
        until(lambda: len(rounds) > 1)
        beside.stop()
    assert "will try again" in caplog.text
