"""What has changed in a project since one last looked: the audit trail, and running jobs.

Numbers of events are drawn before their transactions commit, so a lower one may appear later:
each look goes back over the newest numbers and leaves out what it has given already.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.models import Event, Job
from server.schemas.jobs import Job as JobShape

# How far back a late transaction's event may turn up.
WINDOW = 500
# The stream's names for nouns of the audit trail; other nouns stay out of it.
NAMES = {"cycle": "cycle", "region": "region", "import": "job", "job": "job"}


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
        self._given: set[int] = set()
        self._jobs: dict[int, tuple[Any, ...]] = {}

    def look(self, db: Session) -> list[Change]:
        """What is new, oldest first."""
        return [*self._events(db), *self._progress(db)]

    def _events(self, db: Session) -> Iterator[Change]:
        if self._after is None:
            newest = select(func.max(Event.id)).where(Event.project_id == self._project_id)
            self._after = db.scalar(newest) or 0
            self._given = set(self._recent(db))
            return
        floor = max(self._after - WINDOW, 0) if self._given else self._after
        found = select(Event).where(Event.project_id == self._project_id, Event.id > floor)
        for event in db.scalars(found.order_by(Event.id).limit(WINDOW * 2)):
            if event.id not in self._given:
                self._given.add(event.id)
                yield from _change(event)
        self._after = max(self._given, default=self._after)
        self._given = {number for number in self._given if number > self._after - WINDOW}

    def _recent(self, db: Session) -> Iterator[int]:
        assert self._after is not None
        recent = select(Event.id).where(
            Event.project_id == self._project_id, Event.id > self._after - WINDOW
        )
        yield from db.scalars(recent)

    def _progress(self, db: Session) -> Iterator[Change]:
        """Jobs whose state or progress differs from the last look, ended ones once."""
        known = list(self._jobs)
        live = or_(Job.state.in_(("pending", "running")), Job.id.in_(known))
        found = select(Job).where(Job.project_id == self._project_id, live).order_by(Job.id)
        seen: dict[int, tuple[Any, ...]] = {}
        for job in db.scalars(found):
            now = (job.state, job.attempt, job.progress)
            if self._jobs.get(job.id) != now:
                yield Change("job", JobShape.of(job).model_dump(mode="json", by_alias=True))
            if job.finished_at is None:
                seen[job.id] = now
        self._jobs = seen


def _change(event: Event) -> Iterator[Change]:
    noun, _, verb = event.kind.partition(".")
    if noun not in NAMES:
        return
    data = {
        "kind": event.kind,
        "verb": verb,
        "project_id": event.project_id,
        "cycle_id": event.cycle_id,
        "user_id": event.user_id,
        "at": event.created_at.isoformat(),
        **event.data,
    }
    yield Change(NAMES[noun], data, event.id)
