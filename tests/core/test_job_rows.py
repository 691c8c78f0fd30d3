"""What the row of a job says after each step: who came later, or asks, knows nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from core import jobs
from core.db import transaction
from core.errors import Fenced, JobOver, NotFound
from core.models import Event, Job, Project, User
from core.plans import Plan
from core.settings import settings
from tests import factories
from tests.core.queues import drain, waiting
from tests.factories import act, claim, fresh, sql


@pytest.fixture
def job(project: Project) -> Job:
    return act(jobs.add, kind="import", project_id=project.id)


def seconds(later: Any, earlier: Any) -> float:
    return float((later - earlier).total_seconds())


def test_a_stage_waits_where_models_are_trained_unless_a_queue_is_named(
    project: Project, ada: User
):
    factories.image(project)
    drain()
    stage = factories.pending(factories.cycle(project, ada, Plan(regions=1)))
    assert (stage.queue, stage.shard, stage.cycle_id is None) == ("train", 0, False)
    assert waiting("train") == [stage.id]
    named = act(jobs.add, kind="import", project_id=project.id, queue="train")
    assert (named.queue, named.request, named.cycle_id) == ("train", {}, None)
    assert named.last_rung_at == named.created_at


def test_a_claim_begins_anew_and_says_all_that_a_worker_needs(job: Job, project: Project):
    first = claim(job)
    act(jobs.heartbeat, first, {"step": 3})
    sql("UPDATE jobs SET error_class = 'x', error_text = 'y' WHERE id = :id", id=job.id)
    act(jobs.put_back, first, burn=False)
    held = act(jobs.claim, job.id, worker="host:7")
    row = fresh(job)
    assert (row.state, row.worker, row.progress, row.heartbeat_at) == (
        "running",
        "host:7",
        {},
        None,
    )
    assert (row.error_class, row.error_text) == (None, None)
    assert seconds(row.lease_until, row.claimed_at) == settings().job_lease_s
    assert held == jobs.Claim(
        job_id=job.id, epoch=2, attempt=1, last_attempt=False, kind="import",
        project_id=project.id, cycle_id=None, request={}, checkpoint=None,
    )  # fmt: skip


def test_a_heartbeat_says_when_and_prolongs_by_the_whole_lease(job: Job):
    held = claim(job)
    sql("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = :id", id=job.id)
    act(jobs.heartbeat, held)
    row = fresh(job)
    assert seconds(row.lease_until, row.heartbeat_at) == settings().job_lease_s
    assert row.heartbeat_at > row.claimed_at


def test_what_is_done_says_from_what_and_when(job: Job):
    held = claim(job)
    act(jobs.finish, held, {"images": 3}, digest="d" * 64)
    row = fresh(job)
    assert (row.state, row.result, row.digest) == ("succeeded", {"images": 3}, "d" * 64)
    assert (row.lease_until, row.finished_at > row.claimed_at) == (None, True)


def test_what_has_failed_says_why(job: Job):
    act(jobs.fail, claim(job), error_class="oom", text="no memory", result={"log": ["a"]})
    row = fresh(job)
    assert (row.state, row.error_class, row.error_text) == ("failed", "oom", "no memory")
    assert (row.result, row.lease_until, row.finished_at is None) == ({"log": ["a"]}, None, False)


def test_a_job_put_back_has_no_holder_and_is_rung_for_at_once(job: Job):
    act(jobs.put_back, claim(job), burn=False)
    row = fresh(job)
    assert (row.state, row.attempt, row.lease_until, row.last_rung_at) == ("pending", 0, None, None)
    assert row.not_before <= row.claimed_at + timedelta(seconds=1)


def test_a_pause_has_an_end_and_a_reason_and_costs_no_attempt(job: Job):
    act(jobs.pause, claim(job), error_class="disk_full", text="no room", wait_s=30)
    row = fresh(job)
    assert (row.state, row.attempt, row.error_class, row.error_text) == (
        "pending", 0, "disk_full", "no room",
    )  # fmt: skip
    assert seconds(row.not_before, row.claimed_at) == pytest.approx(30, abs=2)
    assert act(jobs.claim, job.id, worker="w") is None


def test_a_worker_that_stopped_rings_for_the_stages_that_waited(project: Project, ada: User):
    factories.image(project)
    first = claim(factories.pending(factories.cycle(project, ada, Plan(regions=1))))
    sql("UPDATE cycles SET state = 'cancelled' WHERE project_id = :id", id=project.id)
    second = factories.pending(factories.cycle(project, ada, Plan(regions=1)))
    elsewhere = act(jobs.add, kind="import", project_id=factories.project(ada).id)
    drain()
    act(jobs.mark_cancelled, first)
    assert (waiting("train"), waiting("light")) == ([second.id], [])
    row = act(jobs.get, first.job_id)
    assert (row.state, row.lease_until, row.finished_at is None) == ("cancelled", None, False)
    assert fresh(elsewhere).state == "pending"


def cancel(job: Job, by: User | None) -> Job:
    return act(lambda db: jobs.request_cancel(db, jobs.get(db, job.id), by=by))


@pytest.mark.parametrize("asked", [True, False])
def test_who_asked_for_an_end_is_noted_down(job: Job, project: Project, ada: User, asked: bool):
    row = cancel(job, ada if asked else None)
    assert row.finished_at == row.cancel_requested_at
    with transaction() as db:
        [event] = db.query(Event).filter_by(project_id=project.id, kind="job.cancel_requested")
    assert (event.user_id, event.data) == (ada.id if asked else None, {"job": job.id})


def test_a_running_job_that_is_to_end_has_not_ended(job: Job):
    claim(job)
    row = cancel(job, None)
    assert (row.state, row.finished_at, row.cancel_requested_at is None) == ("running", None, False)


def test_a_job_put_back_after_its_cancellation_leaves_no_checkpoint(job: Job):
    held = claim(job)
    act(jobs.save_checkpoint, held, {"key": "k"})
    cancel(job, None)
    act(jobs.put_back, held, burn=True)
    assert (fresh(job).state, fresh(job).checkpoint) == ("cancelled", None)


def test_a_job_that_starts_over_is_as_new_and_rung_for(job: Job):
    held = claim(job)
    act(jobs.save_checkpoint, held, {"key": "k"})
    cancel(job, None)
    act(jobs.fail, held, error_class="x", text="y")
    sql("UPDATE jobs SET not_before = now(), last_rung_at = NULL WHERE id = :id", id=job.id)
    drain()
    act(lambda db: jobs.reset(db, jobs.get(db, job.id)))
    row = fresh(job)
    assert (row.state, row.attempt, row.epoch, row.checkpoint) == ("pending", 0, 1, {"key": "k"})
    left = (row.lease_until, row.not_before, row.finished_at, row.cancel_requested_at)
    assert (*left, row.error_class, row.error_text) == (None,) * 6
    assert (waiting("light"), row.last_rung_at is None) == ([job.id], False)


def test_whoever_still_runs_what_starts_over_is_fenced_off(job: Job):
    held = claim(job)
    act(lambda db: jobs.reset(db, jobs.get(db, job.id)))
    assert (fresh(job).epoch, fresh(job).lease_until) == (2, None)
    with pytest.raises(Fenced, match=rf"^job {job.id} went on without epoch 1$"):
        act(jobs.heartbeat, held)


def test_dead_jobs_come_by_id_and_those_in_somebodys_hands_do_not(project: Project):
    made = [act(jobs.add, kind="import", project_id=project.id) for _ in range(3)]
    for each in reversed(made):
        claim(each)
        sql("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = :id", id=each.id)
    mine = [each.id for each in made]
    with transaction() as db:
        assert [each.id for each in jobs.dead(db) if each.id in mine] == mine
        assert not {each.id for each in act(jobs.dead)} & set(mine)


def test_refusals_name_the_job(job: Job):
    act(jobs.finish, claim(job), {})
    with pytest.raises(JobOver, match=rf"^Job {job.id} has succeeded already\.$") as caught:
        cancel(job, None)
    assert caught.value.extras == {"job": job.id}
    with pytest.raises(NotFound, match=r"^There is no job 999999\.$"):
        act(jobs.get, 999_999)
