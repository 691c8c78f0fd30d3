"""Many annotators in a process of their own, one process per core; they share nothing."""

import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain
from types import TracebackType
from typing import NamedTuple, Self

import uvloop

from benchmarks.queue_load.annotator import Act, Annotator, Work


class Shift(NamedTuple):
    """What came of some time's work: the log in the order of time, and seconds of CPU burnt."""

    log: list[Act]
    cpu_s: float


class Crowd:
    """Client processes that wait for work; a context manager, entered before anything else."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        # Forked before there is anything to share; importing all of it anew would take seconds.
        self._pool = ProcessPoolExecutor(processes, multiprocessing.get_context("fork"))

    def __enter__(self) -> Self:
        self._pool.submit(os.getpid).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def start(self, work: Work, tokens: Sequence[str]) -> list[Future[Shift]]:
        """An annotator for each token, from now on."""
        numbered = list(enumerate(tokens))
        shares = [numbered[at :: self._processes] for at in range(self._processes)]
        return [self._pool.submit(annotate, work, share) for share in shares if share]


def result(shifts: Sequence[Future[Shift]]) -> Shift:
    """Wait for everybody's end."""
    ended = [each.result() for each in shifts]
    log = sorted(chain.from_iterable(each.log for each in ended), key=lambda act: act.at)
    return Shift(log, sum(each.cpu_s for each in ended))


def annotate(work: Work, people: Sequence[tuple[int, str]]) -> Shift:
    """Let these people (number and token) work, in this process."""

    async def everybody() -> list[list[Act]]:
        return await asyncio.gather(*(Annotator(work, token, i).run() for i, token in people))

    before = os.times()
    logs = uvloop.run(everybody())
    after = os.times()
    burnt_s = after.user + after.system - before.user - before.system
    return Shift(list(chain.from_iterable(logs)), burnt_s)
