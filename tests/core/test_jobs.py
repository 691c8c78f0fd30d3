"""The row is the job: claimed by one, written by its holder alone, never stuck."""

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from core import jobs
from core.errors import Fenced, JobOver, NotFound
from core.jobs import Claim
from core.models import Job, Project, User
from core.plans import Plan
from tests import factories
from tests.core.queues import drain, waiting
from tests.core.threads import at_once
from tests.factories import act, claim, fresh, sql


@pytest.fixture
def job(project: Project) -> Job:
    return act(jobs.add, kind="import", project_id=project.id)


def silence(job: Job) -> None:
    """Let the lease of the job's holder pass."""
    sql("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = :id", id=job.id)


def take_over(job: Job) -> Claim:
    silence(job)
    return claim(job)


def state(job: Job) -> str:
    return fresh(job).state


def test_a_new_job_waits_and_its_bell_has_rung(project: Project):
    drain()
    job = act(jobs.add, kind="import", project_id=project.id)
    assert (job.state, job.epoch, job.attempt) == ("pending", 0, 0)
    assert waiting("light") == [job.id]


def test_an_unknown_job_is_named(project: Project):  # noqa: ARG001
    with pytest.raises(NotFound, match="999999"):
        act(jobs.get, 999_999)


def test_of_workers_at_once_one_gets_the_job(job: Job):
    found = at_once(*[lambda: act(jobs.claim, job.id, worker="w")] * 6)
    held = [each for each in found if each is not None]
    assert [each.epoch for each in held] == [1]


def test_of_workers_at_once_one_takes_over(job: Job):
    claim(job)
    silence(job)
    found = at_once(*[lambda: act(jobs.claim, job.id, worker="w")] * 6)
    assert [each.epoch for each in found if each is not None] == [2]


def test_a_held_job_is_not_to_be_had(job: Job):
    claim(job)
    assert act(jobs.claim, job.id, worker="w") is None


def test_a_claim_says_what_is_asked(project: Project):
    job = act(jobs.add, kind="import", project_id=project.id, request={"path": "/x"})
    held = claim(job)
    assert (held.kind, held.request, held.attempt) == ("import", {"path": "/x"}, 1)


def test_a_claim_of_a_row_that_is_loaded_already_sees_the_new_epoch(job: Job):
    claim(job)
    silence(job)

    def load_and_claim(db: Any) -> Claim | None:
        db.get(Job, job.id)
        return jobs.claim(db, job.id, worker="w")

    held = act(load_and_claim)
    assert held is not None
    assert (held.epoch, held.attempt) == (2, 2)


WRITES = {
    "heartbeat": lambda db, c: jobs.heartbeat(db, c, {"step": 1}),
    "checkpoint": lambda db, c: jobs.save_checkpoint(db, c, {"key": "k"}),
    "finish": lambda db, c: jobs.finish(db, c, {}),
    "fail": lambda db, c: jobs.fail(db, c, error_class="x", text="y"),
    "put_back": lambda db, c: jobs.put_back(db, c, burn=True),
    "cancelled": lambda db, c: jobs.mark_cancelled(db, c),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_whoever_was_taken_over_writes_nothing(job: Job, write: Any):
    late = claim(job)
    take_over(job)
    before = fresh(job)
    with pytest.raises(Fenced, match="epoch 1"):
        act(write, late)
    after = fresh(job)
    assert {c.name: getattr(before, c.name) for c in Job.__table__.columns} == {
        c.name: getattr(after, c.name) for c in Job.__table__.columns
    }


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nothing_is_written_to_a_job_that_ended(job: Job, write: Any):
    held = claim(job)
    act(jobs.finish, held, {"done": 1})
    with pytest.raises(Fenced):
        act(write, held)
    assert fresh(job).result == {"done": 1}


def test_a_late_holder_writes_as_long_as_nobody_followed(job: Job):
    held = claim(job)
    silence(job)
    act(jobs.finish, held, {})
    assert state(job) == "succeeded"


def test_a_heartbeat_prolongs_the_lease_and_shows_progress(job: Job):
    held = claim(job)
    silence(job)
    assert act(jobs.heartbeat, held, {"step": 3}) is False
    assert fresh(job).progress == {"step": 3}
    assert act(jobs.claim, job.id, worker="w") is None


def test_a_heartbeat_without_progress_keeps_the_last(job: Job):
    held = claim(job)
    act(jobs.heartbeat, held, {"step": 3})
    act(jobs.heartbeat, held)
    assert fresh(job).progress == {"step": 3}


def test_a_checkpoint_outlives_its_writer(job: Job):
    act(jobs.save_checkpoint, claim(job), {"key": "k"})
    assert take_over(job).checkpoint == {"key": "k"}


def test_a_holder_that_died_before_its_first_heartbeat_is_dead(job: Job):
    claim(job)
    assert fresh(job).heartbeat_at is None
    assert job.id not in dead()
    silence(job)
    assert job.id in dead()


def dead() -> list[int]:
    return [each.id for each in act(jobs.dead)]


def test_three_attempts_are_all(job: Job):
    claim(job)
    take_over(job)
    assert take_over(job).last_attempt
    silence(job)
    assert act(jobs.claim, job.id, worker="w") is None


def test_a_job_put_back_waits_longer_each_time(job: Job):
    delays = []
    for _ in range(2):
        held = claim(job)
        act(jobs.put_back, held, burn=True)
        row = fresh(job)
        assert act(jobs.claim, job.id, worker="w") is None
        delays.append((row.not_before - row.claimed_at).total_seconds())
        sql("UPDATE jobs SET not_before = now() WHERE id = :id", id=job.id)
    assert delays == pytest.approx([2, 4], abs=1)


def test_a_shutdown_costs_no_attempt(job: Job):
    for epoch in range(1, 6):
        held = claim(job)
        assert (held.epoch, held.attempt) == (epoch, 1)
        act(jobs.put_back, held, burn=False)


def test_what_is_put_back_may_be_changed(job: Job):
    act(jobs.put_back, claim(job), burn=False, request={"halvings": 1})
    assert claim(job).request == {"halvings": 1}


def test_a_pending_job_is_cancelled_at_once(job: Job, ada: User):
    assert (
        act(lambda db: jobs.request_cancel(db, jobs.get(db, job.id), by=ada)).state == "cancelled"
    )
    assert act(jobs.claim, job.id, worker="w") is None


def test_a_running_job_hears_of_it_with_its_next_heartbeat(job: Job):
    held = claim(job)
    cancel(job)
    assert state(job) == "running"
    assert act(jobs.heartbeat, held) is True
    act(jobs.mark_cancelled, held)
    assert state(job) == "cancelled"


def cancel(job: Job) -> None:
    act(lambda db: jobs.request_cancel(db, jobs.get(db, job.id)))


def test_a_job_that_finished_first_has_succeeded(job: Job):
    held = claim(job)
    cancel(job)
    act(jobs.finish, held, {})
    assert state(job) == "succeeded"


@pytest.mark.parametrize("burn", [True, False])
def test_a_job_put_back_after_its_cancellation_is_cancelled(job: Job, burn: bool):
    held = claim(job)
    cancel(job)
    act(jobs.put_back, held, burn=burn)
    assert state(job) == "cancelled"
    assert fresh(job).finished_at is not None


def test_a_cancelled_job_is_not_taken_over(job: Job):
    claim(job)
    cancel(job)
    silence(job)
    assert act(jobs.claim, job.id, worker="w") is None


def test_what_has_ended_cannot_be_cancelled(job: Job):
    act(jobs.finish, claim(job), {})
    with pytest.raises(JobOver, match="succeeded"):
        cancel(job)


def test_a_failed_job_starts_over_with_all_its_attempts(job: Job):
    act(jobs.fail, claim(job), error_class="x", text="y")
    act(lambda db: jobs.reset(db, jobs.get(db, job.id)))
    again = claim(job)
    assert (again.attempt, fresh(job).error_class, fresh(job).finished_at) == (1, None, None)


def test_a_job_that_failed_while_being_cancelled_can_be_tried_again(job: Job):
    held = claim(job)
    cancel(job)
    act(jobs.fail, held, error_class="x", text="y")
    act(lambda db: jobs.reset(db, jobs.get(db, job.id)))
    assert claim(job).epoch == 2


def test_two_stages_of_one_project_do_not_run_at_once(project: Project, ada: User):
    factories.image(project)
    first = factories.pending(factories.cycle(project, ada, Plan(regions=1)))
    claim(first)
    sql("UPDATE cycles SET state = 'cancelled' WHERE project_id = :id", id=project.id)
    second = factories.pending(factories.cycle(project, ada, Plan(regions=1)))
    assert act(jobs.claim, second.id, worker="w") is None
    sql("UPDATE jobs SET state = 'cancelled', finished_at = now() WHERE id = :id", id=first.id)
    assert claim(second).epoch == 1


def test_an_import_runs_beside_a_stage(project: Project, ada: User, job: Job):
    factories.image(project)
    claim(factories.pending(factories.cycle(project, ada, Plan(regions=1))))
    assert claim(job).kind == "import"


@pytest.mark.parametrize("table", ["jobs", "regions"])
def test_an_epoch_never_falls(project: Project, ada: User, job: Job, table: str):
    claim(job)
    factories.labelling(project, ada)
    factories.lease(project, ada)
    with pytest.raises(DBAPIError, match="would fall from 1 to 0"):
        sql(f"UPDATE {table} SET epoch = 0 WHERE epoch = 1")


def test_an_end_has_a_time_and_nothing_else_does(job: Job):
    with pytest.raises(DBAPIError, match="ck_jobs_finished"):
        sql("UPDATE jobs SET state = 'failed' WHERE id = :id", id=job.id)


def test_a_job_that_is_over_names_no_checkpoint(project: Project):
    for end in (
        lambda held: act(jobs.finish, held, {}),
        lambda held: act(jobs.mark_cancelled, held),
    ):
        held = claim(act(jobs.add, kind="import", project_id=project.id))
        act(jobs.save_checkpoint, held, {"step": 1, "key": "checkpoints/1", "files": []})
        end(held)
        assert fresh(act(jobs.get, held.job_id)).checkpoint is None
