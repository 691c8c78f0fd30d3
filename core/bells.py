"""Bells that have to ring again: of jobs that wait longer than a message should take."""

from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from core import doorbell
from core.jobs import due
from core.models import Job
from core.settings import settings

NEXT = 16
"""Shards of a stage that ring again: hundreds may wait for hours, and workers take the first."""


def overdue(db: Session) -> list[doorbell.Bell]:
    """Pending jobs that are due and whose bell rang too long ago; they are stamped as rung."""
    quiet = func.now() - timedelta(seconds=settings().ring_again_s)
    # A stamp of the future is of a clock that was put back, and none of somebody who began later.
    lately = Job.last_rung_at.between(quiet, func.clock_timestamp())
    waiting = (
        select(Job.id)
        .where(due(), ~func.coalesce(lately, False), _among_the_next())
        .with_for_update(skip_locked=True)
    )
    rung = (
        update(Job)
        .where(Job.id.in_(waiting))
        .values(last_rung_at=func.now())
        .returning(Job.id, Job.queue)
    )
    return [doorbell.Bell(*row) for row in db.execute(rung)]


def _among_the_next() -> ColumnElement[bool]:
    """Of a stage in shards, the first that wait."""
    other = aliased(Job)
    first = select(func.min(other.shard)).where(other.cycle_id == Job.cycle_id)
    waits = first.where(other.state == "pending").scalar_subquery()
    return or_(Job.shard < NEXT, Job.shard < waits + NEXT)
