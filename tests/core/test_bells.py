"""Doorbells that ring again: each job that waits, once a minute, by one reconciler."""

import pytest

from core import bells as ringing
from core import jobs
from core.doorbell import Bell
from core.models import Job, Project
from tests.core.threads import at_once
from tests.factories import act, claim, sql


@pytest.fixture
def job(project: Project) -> Job:
    return act(jobs.add, kind="import", project_id=project.id)


def bells() -> list[Bell]:
    return act(ringing.overdue)


def quiet(job: Job, seconds: int) -> None:
    sql(
        "UPDATE jobs SET last_rung_at = now() - make_interval(secs => :s) WHERE id = :id",
        s=seconds,
        id=job.id,
    )


def test_a_bell_rings_again_after_a_minute_and_is_stamped(job: Job):
    quiet(job, 59)
    assert Bell(job.id, "light") not in bells()
    quiet(job, 61)
    assert Bell(job.id, "light") in bells()
    assert Bell(job.id, "light") not in bells()


def test_a_job_put_back_rings_when_it_is_due(job: Job):
    act(jobs.put_back, claim(job), burn=True)
    assert Bell(job.id, "light") not in bells()
    sql("UPDATE jobs SET not_before = now() WHERE id = :id", id=job.id)
    assert Bell(job.id, "light") in bells()


def test_no_bell_rings_for_a_running_job(job: Job):
    claim(job)
    quiet(job, 1000)
    assert Bell(job.id, "light") not in bells()


def test_of_reconcilers_at_once_one_rings(job: Job):
    quiet(job, 61)
    found = at_once(*[bells] * 4)
    assert sum(Bell(job.id, "light") in each for each in found) == 1
