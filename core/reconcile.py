"""The reconciler: in every process, every few seconds, it makes good what a lost message, a dead
worker or an unlucky race has left. Running several at once is harmless.
"""

import logging
import random
import threading
from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import bells, cycles, disk, doorbell, following, idempotency, jobs, shards, stages
from core.db import transaction
from core.models import Cycle, Region
from core.settings import settings
from core.store import open_store
from core.webhooks import courier

logger = logging.getLogger(__name__)


def reconcile() -> None:
    """One round. A step that fails costs itself alone; the first failure is raised at the end."""
    failures = []
    for step in STEPS:
        try:
            step()
        except Exception as error:  # whatever it is, bells have to ring
            failures.append(error)
    if failures:
        raise failures[0]


def _take_back_the_dead() -> None:
    with transaction() as db:
        for job in jobs.dead(db):
            logger.warning("job %s: worker %s is gone; taking it back", job.id, job.worker)
            stages.take_back(db, job)


def _call_off_shards() -> None:
    with transaction() as db:
        shards.call_off(db)


def _close_the_settled() -> None:
    with transaction() as db:
        for cycle_id in _settled_cycles(db):
            cycles.close_if_done(db, cycle_id)


def _start_the_next() -> None:
    if not disk.is_low():
        with transaction() as db:
            following.follow_up(db, open_store())


def _ring_again() -> None:
    with transaction() as db:
        idempotency.forget_old(db)
        courier.forget_old(db)
        rings = bells.overdue(db)
    doorbell.ring(*rings)


STEPS = (_take_back_the_dead, _call_off_shards, _close_the_settled, _start_the_next, _ring_again)


def _settled_cycles(db: Session) -> Sequence[int]:
    open_region = select(Region.id).where(Region.cycle_id == Cycle.id, Region.state == "open")
    open_region = open_region.where(Region.purpose == "label")
    return db.scalars(
        select(Cycle.id).where(Cycle.state == "labelling", ~open_region.exists())
    ).all()


class Reconciler:
    """Runs rounds in a thread of its own until stopped; an error costs one round."""

    def __init__(self, work: Callable[[], object] = reconcile, name: str = "reconciler") -> None:
        self._work = work
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end and wait for the round in progress."""
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        # Jitter keeps several processes from asking in step.
        while not self._stop.wait(settings().reconcile_s * random.uniform(0.8, 1.2)):
            try:
                self._work()
            except Exception as error:  # the database may be away for a while
                logger.warning(
                    "a round of the %s failed, will try again: %s", self._thread.name, error
                )
