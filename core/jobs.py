"""The job queue: rows are the truth, an epoch fences off every writer that was taken over.

A claim bumps the epoch; every later write says `and epoch = mine` and raises Fenced when it hit
no row. All times are the database's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, exists, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from core import audit, doorbell
from core.errors import Fenced, JobOver, NotFound
from core.models import Job, User
from core.models.jobs import ENDED, STAGES
from core.settings import settings

# A stage that died is tried again after this long, times the attempts so far.
BACKOFF_S = 2.0
# Processes may differ by this much in their settings, or the clock be put back by it.
SLACK = timedelta(minutes=10)


@dataclass(frozen=True)
class Claim:
    """A worker's right to a job: valid as long as the row's epoch is `epoch`."""

    job_id: int
    epoch: int
    attempt: int
    last_attempt: bool
    kind: str
    project_id: int
    cycle_id: int | None
    request: dict[str, Any]
    checkpoint: dict[str, Any] | None


def add(
    db: Session,
    *,
    kind: str,
    project_id: int,
    cycle_id: int | None = None,
    shard: int = 0,
    request: dict[str, Any] | None = None,
    queue: str | None = None,
) -> Job:
    """A pending job; its doorbell rings after the commit. Stages are done where models are trained,
    the rest by light workers, unless a queue is named."""
    job = Job(
        kind=kind,
        project_id=project_id,
        cycle_id=cycle_id,
        shard=shard,
        queue=queue or ("train" if kind in STAGES else "light"),
        request=request or {},
        last_rung_at=func.now(),
    )
    db.add(job)
    db.flush()
    db.refresh(job)
    doorbell.ask(db, doorbell.Bell(job.id, job.queue))
    return job


def get(db: Session, job_id: int) -> Job:
    """The job. Raises NotFound."""
    job = db.get(Job, job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    return job


def claim(db: Session, job_id: int, *, worker: str) -> Claim | None:
    """Take the job if it is due and nobody holds it; None for everyone else."""
    statement = (
        update(Job)
        .where(Job.id == job_id, or_(due(), _dead()), ~_another_cycle_runs())
        .where(Job.attempt < Job.max_attempts, Job.cancel_requested_at.is_(None))
        .values(
            state="running",
            epoch=Job.epoch + 1,
            attempt=Job.attempt + 1,
            worker=worker,
            claimed_at=func.now(),
            heartbeat_at=None,
            lease_until=func.now() + _lease(),
            progress={},
            error_class=None,
            error_text=None,
        )
        .returning(Job)
    )
    try:
        with db.begin_nested():
            job = db.scalars(statement).one_or_none()
    except IntegrityError:  # another stage of this project is running
        return None
    return None if job is None else claim_of(job)


def claim_of(job: Job) -> Claim:
    """The claim that the row speaks of."""
    return Claim(
        job_id=job.id,
        epoch=job.epoch,
        attempt=job.attempt,
        last_attempt=job.attempt >= job.max_attempts,
        kind=job.kind,
        project_id=job.project_id,
        cycle_id=job.cycle_id,
        request=job.request,
        checkpoint=job.checkpoint,
    )


def _another_cycle_runs() -> ColumnElement[bool]:
    """Whether a worker is still at a stage of another cycle of the project."""
    other = aliased(Job)
    same = other.project_id == Job.project_id
    return exists().where(same, other.state == "running", other.cycle_id != Job.cycle_id)


def due() -> ColumnElement[bool]:
    """Pending, and not to wait any longer."""
    return and_(
        Job.state == "pending", ~func.coalesce(_ahead(Job.not_before, _longest_wait()), False)
    )


def _dead() -> ColumnElement[bool]:
    """Running, but its holder has not been heard of within the lease.

    A holder that died before its first heartbeat is covered, since the claim sets the lease.
    """
    return and_(Job.state == "running", ~_ahead(Job.lease_until, _lease()))


def _ahead(time: InstrumentedAttribute[datetime | None], longest: timedelta) -> ColumnElement[bool]:
    """Whether the time is still to come.

    One further ahead than anybody sets it was set before the clock was put back; waiting for it
    could take as long as the clock was wrong.
    """
    return and_(time > func.now(), time <= func.now() + longest + SLACK)


def _lease() -> timedelta:
    return timedelta(seconds=settings().job_lease_s)


def _longest_wait() -> timedelta:
    return timedelta(seconds=max(settings().disk_wait_s, 10 * BACKOFF_S))


def _mine(claim: Claim) -> Update:
    return update(Job).where(
        Job.id == claim.job_id, Job.epoch == claim.epoch, Job.state == "running"
    )


def _fenced_write(db: Session, claim: Claim, **values: Any) -> None:
    result = db.execute(_mine(claim).values(**values))
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise Fenced(f"job {claim.job_id} went on without epoch {claim.epoch}")


def heartbeat(db: Session, claim: Claim, progress: dict[str, Any] | None = None) -> bool:
    """Prolong the lease and publish progress; True when cancellation was asked for."""
    values: dict[str, Any] = {"heartbeat_at": func.now(), "lease_until": func.now() + _lease()}
    if progress:
        values["progress"] = progress
    _fenced_write(db, claim, **values)
    asked = select(Job.cancel_requested_at).where(Job.id == claim.job_id)
    return db.scalar(asked) is not None


def save_checkpoint(db: Session, claim: Claim, checkpoint: dict[str, Any]) -> None:
    """Remember where the newest checkpoint lies. Its files are in the store already."""
    _fenced_write(db, claim, checkpoint=checkpoint)


def finish(db: Session, claim: Claim, result: dict[str, Any], *, digest: str | None = None) -> None:
    """The job succeeded; raises Fenced, and so rolls back, when it was taken over.

    `digest` is of what it was done from.
    """
    _end(db, claim, state="succeeded", result=result, checkpoint=None, digest=digest)


def _end(db: Session, claim: Claim, **values: Any) -> None:
    _fenced_write(db, claim, finished_at=func.now(), lease_until=None, **values)


def fail(db: Session, claim: Claim, *, error_class: str, text: str, **changes: Any) -> None:
    """The job failed for good."""
    _end(db, claim, state="failed", error_class=error_class, error_text=text, **changes)


def put_back(db: Session, claim: Claim, *, burn: bool, **changes: Any) -> None:
    """Give the job up for another attempt. `burn` counts this one; a shutdown does not.

    A job whose cancellation was asked for meanwhile ends instead: nobody would claim it again.
    """
    delay = timedelta(seconds=BACKOFF_S * claim.attempt if burn else 0)
    values = {
        "state": "pending",
        "attempt": claim.attempt - (not burn),
        "not_before": func.now() + delay,
        "lease_until": None,
        "last_rung_at": None,
    }
    _fenced_write(db, claim, **(values | changes))
    unwanted = Job.cancel_requested_at.is_not(None), Job.state == "pending"
    db.execute(
        update(Job)
        .where(Job.id == claim.job_id, *unwanted)
        .values(state="cancelled", finished_at=func.now(), checkpoint=None)
    )


def pause(db: Session, claim: Claim, *, error_class: str, text: str, wait_s: float) -> None:
    """Give the job up for `wait_s`, with the reason to be read meanwhile; costs no attempt."""
    later = func.now() + timedelta(seconds=wait_s)
    reason = {"error_class": error_class, "error_text": text}
    put_back(db, claim, burn=False, not_before=later, **reason)


def mark_cancelled(db: Session, claim: Claim) -> None:
    """The worker has stopped because somebody asked.

    A stage of the next cycle may have been waiting for this one to leave: it is rung for.
    """
    _end(db, claim, state="cancelled", checkpoint=None)
    waiting = select(Job.id, Job.queue).where(
        Job.project_id == claim.project_id, Job.state == "pending"
    )
    for row in db.execute(waiting):
        doorbell.ask(db, doorbell.Bell(*row))


def request_cancel(db: Session, job: Job, *, by: User | None = None) -> Job:
    """Cancel: at once while pending; a running job's worker sees it with its next heartbeat.

    Raises JobOver when it has ended.
    """
    db.refresh(job, with_for_update=True)
    if job.state in ENDED:
        raise JobOver(f"Job {job.id} has {job.state} already.", job=job.id)
    job.cancel_requested_at = func.now()
    if job.state == "pending":
        job.state = "cancelled"
        job.finished_at = func.now()
    db.flush()
    db.refresh(job)
    audit.record(
        db,
        "job.cancel_requested",
        project_id=job.project_id,
        user_id=by.id if by else None,
        job=job.id,
    )
    return job


def dead(db: Session) -> list[Job]:
    """Running jobs whose holder is gone, locked for whoever takes care of them."""
    found = select(Job).where(_dead()).order_by(Job.id).with_for_update(skip_locked=True)
    return list(db.scalars(found))


def reset(db: Session, job: Job) -> None:
    """Make a job pending again, with all its attempts; it resumes from its checkpoint. A worker
    that has not noticed yet that it is to stop is fenced off."""
    job.epoch += job.state == "running"
    job.state = "pending"
    job.lease_until = None
    job.attempt = 0
    job.not_before = job.finished_at = job.cancel_requested_at = None
    job.error_class = job.error_text = None
    job.last_rung_at = func.now()
    db.flush()
    doorbell.ask(db, doorbell.Bell(job.id, job.queue))
