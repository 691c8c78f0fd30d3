"""The tests' own clock is the one by which the rules judge, and it may jump."""

from collections.abc import Iterator

import pytest

from core import jobs, reconcile
from core.models import Job, User
from tests import factories
from tests.core.clock import START, Clock
from tests.core.queues import drain, waiting
from tests.factories import act, claim, fresh
from tests.verified import verified

HOUR = 3600.0


@pytest.fixture(autouse=True)
def nothing_is_wrong(clock: Clock) -> Iterator[None]:  # noqa: ARG001
    yield
    verified()


@pytest.fixture
def job(clocked_ada: User) -> Job:
    return act(jobs.add, kind="import", project_id=factories.project(clocked_ada).id)


def test_the_rules_read_the_time_that_is_set(clock: Clock, job: Job):
    claim(job)
    assert fresh(job).claimed_at == START
    clock.move(59)
    assert job.id not in dead()
    clock.move(2)
    assert job.id in dead()


def dead() -> list[int]:
    return [each.id for each in act(jobs.dead)]


def test_a_clock_that_jumps_ahead_costs_an_attempt_and_no_work(clock: Clock, job: Job):
    late = claim(job)
    clock.move(HOUR)
    reconcile.reconcile()
    clock.move(10)
    follower = claim(job)
    with pytest.raises(jobs.Fenced):
        act(jobs.finish, late, {"late": True})
    act(jobs.finish, follower, {})
    assert fresh(job).result == {}


def test_a_dead_worker_is_noticed_though_the_clock_was_put_back(clock: Clock, job: Job):
    claim(job)
    clock.move(-HOUR)
    reconcile.reconcile()
    assert (fresh(job).state, fresh(job).attempt) == ("pending", 1)


def test_a_live_worker_keeps_its_job_though_the_clock_was_put_back(clock: Clock, job: Job):
    held = claim(job)
    clock.move(-HOUR)
    act(jobs.heartbeat, held)
    reconcile.reconcile()
    assert fresh(job).state == "running"
    act(jobs.finish, held, {})


def test_a_job_that_waits_is_claimed_and_rung_for_though_the_clock_was_put_back(
    clock: Clock, job: Job
):
    act(jobs.put_back, claim(job), burn=True)
    clock.move(-HOUR)
    drain()
    reconcile.reconcile()
    assert job.id in waiting("light")
    claim(job)
