"""The admin of a round: imports, starts a cycle, and tries a stage again that was killed too
often, as an admin would."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from core import cycles, imports
from core.db import transaction
from core.errors import CycleOpen, CycleState
from core.imports import Request
from core.models import Cycle, Image, Job, Project
from core.models.jobs import ENDED
from core.plans import Plan
from core.store import open_store
from tests.faults.arena import Arena
from tests.worker import campaign

# Classes of failures that a kill leaves behind; any other is a fault of ours.
OF_KILLS = ("worker_lost", "killed", "unavailable", "internal")
PAUSE_S = 0.2

T = TypeVar("T")


class Admin:
    """Works on the rows directly, and repeats what a broken database has interrupted."""

    def __init__(self, arena: Arena, scenes: Path, *, name: str) -> None:
        self._owner = arena.owner
        self._scenes = scenes
        made = campaign.create(scenes, name)
        self.project_id = made.project.id
        self.retries = 0
        self.failures: list[str] = []

    def open_queue(self, regions: int, within_s: float = 600) -> None:
        """Import the scenes and start a cycle; until its queue is open."""
        self._until(self._imported, within_s)
        self._until(lambda: self._started(regions), within_s)
        self._until(lambda: self._state() in ("labelling", "closed"), within_s)

    def wait_for_rest(self, within_s: float) -> list[str]:
        """Until every job has ended and the cycle is closed; what has not."""
        try:
            self._until(self._resting, within_s)
        except TimeoutError:
            return [f"after {within_s:.0f} s without faults work goes on"]
        return []

    def _until(self, true: Callable[[], bool], within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            try:
                if true():
                    return
                self._retry()
            except (OperationalError, InterfaceError):
                pass  # the database is being crashed, too
            time.sleep(PAUSE_S)
        raise TimeoutError(f"it did not happen within {within_s:.0f} s")

    def _imported(self) -> bool:
        with transaction() as db:
            if db.scalar(select(Image.id).where(Image.project_id == self.project_id).limit(1)):
                return True
            live = select(Job.id).where(Job.project_id == self.project_id)
            if db.scalar(live.where(Job.state.not_in(ENDED)).limit(1)) is None:
                project = db.get_one(Project, self.project_id)
                wanted = Request(str(self._scenes), pool_masks=False)
                imports.request(db, project, wanted, by=self._owner)
        return False

    def _started(self, regions: int) -> bool:
        try:
            with transaction() as db:
                project = db.get_one(Project, self.project_id)
                plan = Plan(regions=regions, seed=5)
                cycles.start(db, open_store(), project, plan, by=self._owner)
        except CycleOpen:
            pass  # an earlier try has done it, whatever became of its answer
        return True

    def _cycle(self) -> Cycle | None:
        with transaction() as db:
            return db.scalar(select(Cycle).where(Cycle.project_id == self.project_id))

    def _state(self) -> str:
        cycle = self._cycle()
        return cycle.state if cycle else "none"

    def _retry(self) -> None:
        """As people do when the page says that a stage has failed."""
        cycle = self._cycle()
        if cycle is None or cycle.state != "failed":
            return
        if not any(f": {each}:" in (cycle.error or "") for each in OF_KILLS):
            self.failures.append(str(cycle.error))
        try:
            with transaction() as db:
                cycles.retry(db, db.get_one(Cycle, cycle.id), by=self._owner)
                self.retries += 1
        except CycleState:
            pass  # an earlier try has done it

    def _resting(self) -> bool:
        with transaction() as db:
            live = select(Job.id).where(Job.project_id == self.project_id)
            busy = db.scalar(live.where(Job.state.not_in(ENDED)).limit(1)) is not None
        return not busy and self._state() == "closed"
