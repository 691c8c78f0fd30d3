"""Processes that are there to be killed: servers, workers, and a worker's engine alone.

A server takes seconds to import and to put together. So each is forked from a nursery, a process
that has done that with the same settings, and a thousand kills take minutes. What they run is what
the command lines run.
"""

import importlib
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from tests.forking import CONTEXT, become, end_with
from tests.waiting import until


@lru_cache
def _application() -> Any:
    from server.app import create_app

    return create_app()


def serve(port: int) -> None:
    """As `python -m server`, one process of it."""
    import uvicorn

    from server.connection import Connection

    uvicorn.run(_application(), port=port, log_level="warning", http=Connection)


def work(number: int) -> None:
    """As `celery -A worker.app worker`, for both queues."""
    app = importlib.import_module("worker.app").app
    words = ["--pool", "threads", "-c", "2", "-Q", "train,light", "--without-mingle"]
    words += ["--without-gossip", "-n", f"w{number}-{time.monotonic_ns()}@%h"]
    app.worker_main(["worker", *words])


def do(job_id: int) -> None:
    """What a worker does when a bell rings."""
    importlib.import_module("worker.engine").run(job_id)


def choose(job_id: int) -> None:
    """The same where nothing may be forked: then a choice at random loads no torch."""
    importlib.import_module("ml.starting").FORKS = False
    do(job_id)


def score(job_id: int) -> None:
    """What a worker does with a shard that its child has scored."""
    from tests import factories

    store, held = factories.open_store(), factories.act(factories.jobs.claim, job_id, worker="w")
    assert held is not None
    keys = {name: store.put(name.encode()) for name in ("scores_key", "cells_key")}
    factories.act(factories.stages.scored, held, **keys)


PREPARED: dict[Callable[[int], None], Callable[[], object]] = {
    serve: _application,
    work: lambda: importlib.import_module("worker.tasks"),
    do: lambda: importlib.import_module("worker.engine"),
    choose: lambda: importlib.import_module("worker.engine"),
    score: lambda: importlib.import_module("tests.factories"),
}


class Wish(NamedTuple):
    """What a fork is to run; with a point it ends there, on its `passes`-th way."""

    what: Callable[[int], None]
    number: int
    point: str | None
    passes: int


class Nursery:
    """Forks processes with these settings; `log` takes what they say."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._ours, theirs = CONTEXT.Pipe()
        self._lock = threading.Lock()
        asked = (theirs, dict(environment), str(log))
        self._process = CONTEXT.Process(target=_nurse, args=asked, daemon=True)
        self._process.start()
        theirs.close()

    def fork(self, wish: Wish) -> int:
        """Its process id."""
        return int(self._ask(wish))

    def exit_code(self, pid: int) -> int | None:
        """None while it runs; minus the signal's number for one that was killed."""
        code: int | None = self._ask(pid)
        return code

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self._ours.close()

    def _ask(self, question: object) -> Any:
        with self._lock:
            self._ours.send(question)
            return self._ours.recv()


class Killable:
    """One process of a nursery at a time."""

    def __init__(self, nursery: Nursery, what: Callable[[int], None], number: int) -> None:
        self._nursery = nursery
        self._what = what
        self.number = number
        self._pid: int | None = None
        self._code: int | None = None

    def start(self, *, point: str | None = None, passes: int = 1) -> None:
        """Start it, to end at the named point if one is given."""
        self._code = None
        self._pid = self._nursery.fork(Wish(self._what, self.number, point, passes))

    @property
    def pid(self) -> int:
        """The number of the one that was started last."""
        assert self._pid is not None
        return self._pid

    @property
    def alive(self) -> bool:
        return self._pid is not None and self.exit_code() is None

    def exit_code(self) -> int | None:
        assert self._pid is not None
        if self._code is None:
            self._code = self._nursery.exit_code(self._pid)
        return self._code

    def wait(self, seconds: float = 120) -> int:
        """Its exit code, once it has ended."""
        until(lambda: not self.alive, seconds)
        code = self.exit_code()
        assert code is not None
        return code

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and to what it has started."""
        for each in (*self.children(), self.pid):
            with suppress(ProcessLookupError):
                os.kill(each, number)

    def kill(self) -> None:
        """SIGKILL, whatever it does; what it has started is left alone."""
        if self._pid is not None and self.alive:
            os.kill(self._pid, signal.SIGKILL)
            self.wait()

    def end(self) -> None:
        """Kill it and what it has started."""
        if self._pid is not None and self.alive:
            self.send(signal.SIGKILL)
            self.wait()

    def children(self) -> list[int]:
        with suppress(psutil.NoSuchProcess):
            return [each.pid for each in psutil.Process(self._pid).children(recursive=True)]
        return []


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _nurse(asked: Connection, environment: dict[str, str], log: str) -> None:
    become(environment, Path(log))
    codes: dict[int, int] = {}
    while True:
        question = asked.recv()
        while (ended := _ended()) is not None:
            codes[ended[0]] = ended[1]
        asked.send(codes.get(question) if isinstance(question, int) else _fork(Wish(*question)))


def _ended() -> tuple[int, int] | None:
    with suppress(ChildProcessError):
        pid, status = os.waitpid(-1, os.WNOHANG)
        return (pid, os.waitstatus_to_exitcode(status)) if pid else None
    return None


def _fork(wish: Wish) -> int:
    PREPARED[wish.what]()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            _run(wish, parent)
            os._exit(0)
        finally:
            os._exit(1)
    return pid


def _run(wish: Wish, parent: int) -> None:
    end_with(parent)
    random.seed()  # forked from one process, they would all draw the same
    if wish.point is not None:
        from tests.faults import points

        points.arm(wish.point, passes=wish.passes)
    try:
        wish.what(wish.number)
    except BaseException:
        import traceback

        traceback.print_exc()
        raise
