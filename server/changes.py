"""What has changed in a project since one last looked: the audit trail, and running jobs.

Numbers of events are drawn before their transactions commit, so a lower one may appear later:
each look goes back over the newest numbers and leaves out what it has given already.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core import shards, standing
from core.models import Event, Job
from server.schemas.jobs import Job as JobShape
from server.schemas.stages import Stage

# How far back a late transaction's event may turn up.
WINDOW = 500
# The stream's names for nouns of the audit trail; other nouns stay out of it.
NAMES = {
    "cycle": "cycle",
    "region": "region",
    "import": "job",
    "job": "job",
    "control": "job",
    "review": "review",
}


class Change(NamedTuple):
    """One event of the stream; `id` is None for progress, which is not kept."""

    name: str
    data: dict[str, Any]
    id: int | None = None

    def text(self) -> str:
        """As a server-sent event (WHATWG HTML 9.2.6); JSON has no line breaks of its own."""
        number = "" if self.id is None else f"id: {self.id}\n"
        return f"{number}event: {self.name}\ndata: {json.dumps(self.data)}\n\n"


class Watch:
    """One reader's place in a project's changes."""

    def __init__(self, project_id: int, after: int | None) -> None:
        """`after` is the last event's id that the reader has; None starts with the next one."""
        self._project_id = project_id
        self._after = after
        self._given: set[int] | None = None
        self._jobs: dict[int, tuple[Any, ...]] = {}

    def look(self, db: Session) -> list[Change]:
        """What is new, oldest first. A look that fails has told nothing, and loses nothing."""
        after, given = self._place(db)
        events, jobs = self._events_since(db, after - WINDOW), self._jobs_of_interest(db)
        new = [event for event in events if event.id not in given]
        moved = self._moved(jobs)
        self._after = max([after, *(event.id for event in new)])
        self._given = {number for number in given if number > self._after - WINDOW}
        self._given |= {event.id for event in new}
        return [*chain.from_iterable(map(_told, new)), *_stages(db, moved), *_jobs(moved)]

    def _place(self, db: Session) -> tuple[int, set[int]]:
        """The newest number given, and which of those in the window before it were given."""
        if self._after is not None and self._given is not None:
            return self._after, self._given
        mine = Event.project_id == self._project_id
        after = self._after
        if after is None:
            after = db.scalar(select(func.max(Event.id)).where(mine)) or 0
        window = select(Event.id).where(mine, Event.id.between(after - WINDOW, after))
        return after, set(db.scalars(window))

    def _events_since(self, db: Session, floor: int) -> Sequence[Event]:
        mine = select(Event).where(Event.project_id == self._project_id, Event.id > floor)
        return db.scalars(mine.order_by(Event.id).limit(WINDOW * 2)).all()

    def _jobs_of_interest(self, db: Session) -> Sequence[Job]:
        """Jobs that wait or run, and those that did at the last look."""
        interesting = or_(Job.state.in_(("pending", "running")), Job.id.in_(list(self._jobs)))
        mine = select(Job).where(Job.project_id == self._project_id, interesting)
        return db.scalars(mine.order_by(Job.id)).all()

    def _moved(self, jobs: Sequence[Job]) -> list[Job]:
        """Those whose state or progress differs from the last look; ended ones once."""
        now = {job.id: (job.state, job.attempt, job.progress) for job in jobs}
        moved = [job for job in jobs if self._jobs.get(job.id) != now[job.id]]
        self._jobs = {job.id: now[job.id] for job in jobs if job.finished_at is None}
        return moved


def _jobs(moved: Sequence[Job]) -> Iterator[Change]:
    for job in moved:
        if not shards.is_one_of_many(job):
            yield Change("job", JobShape.of(job).model_dump(mode="json", by_alias=True))


def _stages(db: Session, moved: Sequence[Job]) -> Iterator[Change]:
    """A stage that many jobs work at is told as one thing."""
    of_many = {job.cycle_id: job for job in moved if shards.is_one_of_many(job)}
    for cycle_id, job in of_many.items():
        assert cycle_id is not None
        [stage] = [each for each in standing.of_cycle(db, cycle_id) if each.kind == job.kind]
        told = Stage.of(stage, {}).model_dump(mode="json", by_alias=True)
        yield Change("stage", told | {"project_id": job.project_id, "cycle_id": cycle_id})


def _told(event: Event) -> Iterator[Change]:
    noun, _, verb = event.kind.partition(".")
    if noun not in NAMES:
        return
    # Why a label was sent back is between its author and the reviewers.
    said = {name: value for name, value in event.data.items() if name != "reason"}
    data = {
        "kind": event.kind,
        "verb": verb,
        "project_id": event.project_id,
        "cycle_id": event.cycle_id,
        "user_id": event.user_id,
        "at": event.created_at.isoformat(),
        **said,
    }
    yield Change(NAMES[noun], data, event.id)
