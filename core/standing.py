"""How the stages of a cycle stand: one for each kind, its shards taken together."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Job


class Standing(NamedTuple):
    """A stage: `job` is its only one, or the shard that says most about it (the one that failed);
    `progress` is that of all shards, as one job's would be."""

    job: Job
    state: str
    attempt: int
    progress: dict[str, Any]
    shards: int = 1
    shards_done: int = 0

    @property
    def kind(self) -> str:
        return self.job.kind


def of_cycle(db: Session, cycle_id: int) -> list[Standing]:
    """The stages in the order in which they began."""
    rows = db.scalars(select(Job).where(Job.cycle_id == cycle_id).order_by(Job.id))
    return [together(list(same)) for _, same in groupby(rows, lambda job: job.kind)]


def together(shards: Sequence[Job]) -> Standing:
    """One stage of these jobs."""
    done = sum(job.state == "succeeded" for job in shards)
    if len(shards) == 1:
        [job] = shards
        return Standing(job, job.state, job.attempt, job.progress, shards_done=done)
    state = _state([job.state for job in shards])
    telling = next((job for job in shards if job.state == state), shards[0])
    attempt = max(job.attempt for job in shards)
    return Standing(telling, state, attempt, _progress(shards), len(shards), done)


def _state(states: Sequence[str]) -> str:
    for one in ("failed", "cancelled"):
        if one in states:
            return one
    only = set(states)
    return only.pop() if len(only) == 1 else "running"


def _progress(shards: Sequence[Job]) -> dict[str, Any]:
    """Images gone through of all; the time left goes by the pace of the shards that run."""
    passes = 2 if all(job.request.get("survey") for job in shards) else 1
    steps = passes * sum(job.request.get("images", 0) for job in shards)
    step = sum(_images_done(job) for job in shards)
    found: dict[str, Any] = {"step": step, "steps": steps}
    if pace := sum(_paces(shards)):
        found["eta_s"] = round((steps - step) / pace, 1)
    return found


def _images_done(job: Job) -> int:
    if job.state == "succeeded":
        return int(job.request.get("images", 0))
    # While files are brought, steps are files.
    running = job.state == "running" and "phase" not in job.progress
    return int(job.progress.get("step", 0)) if running else 0


def _paces(shards: Iterable[Job]) -> Iterable[float]:
    """Images a second of each shard that runs."""
    for job in shards:
        told = job.progress if job.state == "running" else {}
        if told.get("eta_s"):
            yield (told["steps"] - told["step"]) / told["eta_s"]
