"""Named places of the real code in which a process can be made to end by SIGKILL.

A point is a way: places that one thread passes one after the other. The process ends at the last
of them, so "after the commit that follows a claim" can be said. Only tests arm one, in a process
that is there to be killed.
"""

import importlib
import os
import signal
import threading
from collections.abc import Callable
from typing import Any, NamedTuple


class Place(NamedTuple):
    """`after` the function has done its work, or before; "module:name" or "module:Class.name"."""

    function: str
    after: bool


def before(function: str) -> Place:
    return Place(function, after=False)


def after(function: str) -> Place:
    return Place(function, after=True)


# Bells ring as soon as a transaction has been committed, and by nobody else in these threads.
COMMITTED = before("core.doorbell:ring")

LABEL_POINTS = {
    "before the mask is stored": (before("core.labels:_drawn"),),
    "mask stored, no row": (after("core.labels:_drawn"),),
    "label written, region settled": (after("core.settling:settle"),),
    "submitted, not committed": (after("core.labels:submit"),),
    "answer kept, not committed": (after("core.labels:submit"), after("core.idempotency:remember")),
    "committed, not answered": (after("core.labels:submit"), COMMITTED),
}
LEASE_POINTS = {
    "leased, not committed": (after("core.regions:lease"),),
    "leased, not answered": (after("core.regions:lease"), COMMITTED),
}
JOB_POINTS = {
    "claim not committed": (after("core.jobs:claim"),),
    "claimed, no heartbeat yet": (after("core.jobs:claim"), COMMITTED),
    "spec written, no child": (before("worker.checkpoints:Keeper.restore"),),
    "child started": (before("worker.child:_follow"),),
    "child ended, nothing stored": (after("worker.child:_reap"),),
    "files stored, no rows": (before("core.stages:selected"),),
    "job ended, queue not open": (after("core.jobs:finish"),),
    "rows written, not committed": (after("core.stages:selected"),),
    "committed, checkpoints left": (before("worker.checkpoints:Keeper.drop"),),
    "checkpoints dropped, folder left": (after("worker.checkpoints:Keeper.drop"),),
}
TRAINING_POINTS = {
    "checkpoint stored, no row": (before("core.jobs:save_checkpoint"),),
    "checkpoint in the row, not committed": (after("core.jobs:save_checkpoint"),),
    "checkpoint committed, old one left": (after("core.jobs:save_checkpoint"), COMMITTED),
    "heartbeat not committed": (after("core.jobs:heartbeat"),),
    "weights stored, no card": (after("core.store.addressed:Addressed.put_file"),),
    "model written, not committed": (after("core.stages:trained"),),
}
SHARD_POINTS = {
    "last shard ended, not counted": (after("core.jobs:finish"),),
    "all shards counted, no next stage": (after("core.shards:finished"),),
    "next stage added, not committed": (after("core.stages:scored"),),
    "next stage committed, nobody told": (after("core.stages:scored"), COMMITTED),
}
POINTS = LABEL_POINTS | LEASE_POINTS | JOB_POINTS | TRAINING_POINTS | SHARD_POINTS


def arm(point: str, *, passes: int = 1) -> None:
    """Let this process end when a thread has gone the point's way for the `passes`-th time."""
    way = _Way(passes, len(POINTS[point]))
    for step, place in enumerate(POINTS[point]):
        _surround(place, lambda step=step: way.arrive(step))  # type: ignore[misc]


class _Way:
    def __init__(self, passes: int, steps: int) -> None:
        self._left = passes
        self._steps = steps
        self._thread = threading.local()

    def arrive(self, step: int) -> None:
        if step != getattr(self._thread, "next", 0):
            return
        self._thread.next = (step + 1) % self._steps
        if step + 1 == self._steps:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _surround(place: Place, arrive: Callable[[], None]) -> None:
    owner, name = _found(place.function)
    real = getattr(owner, name)

    def passing(*args: Any, **kwargs: Any) -> Any:
        if not place.after:
            arrive()
        result = real(*args, **kwargs)
        if place.after:
            arrive()
        return result

    setattr(owner, name, passing)


def _found(function: str) -> tuple[Any, str]:
    """The module or class that holds the function, and its name there."""
    module, _, path = function.partition(":")
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    return owner, name
