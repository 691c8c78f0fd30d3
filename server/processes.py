"""Processes that do the same work side by side, each forked from this one, which watches them.

Whatever is imported before is shared by all of them. Who dies is followed by another; but who ends
with an error at the start would do so again, and ends all. None outlives this process.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import NoReturn

ASKED_TO_END = {signal.SIGTERM, signal.SIGINT}
HEARD = {*ASKED_TO_END, signal.SIGCHLD}
# After this long an error is no sign that nothing can start: the database may be away for a while.
STARTING_S = 60.0
# Between a death and the next attempt, so that what dies at once does not keep a core busy.
PAUSE_S = 0.5
PR_SET_PDEATHSIG = 1


class Processes:
    """`work` in `count` processes. Call from a process that has no threads yet."""

    def __init__(self, count: int, work: Callable[[], None]) -> None:
        self._count = count
        self._work = work
        self._running: set[int] = set()
        self._began = time.monotonic()
        self._ending = False
        self._status = 0

    def run(self) -> int:
        """Until SIGTERM, SIGINT or an error at the start; the status to exit with."""
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        for _ in range(self._count):
            self._start()
        while self._running:
            if signal.sigwait(HEARD) in ASKED_TO_END:
                self._end()
            self._follow_the_dead()
        return self._status

    def _start(self) -> None:
        parent = os.getpid()
        if pid := os.fork():
            self._running.add(pid)
        else:
            _be_a_child(parent, self._work)

    def _end(self) -> None:
        self._ending = True
        for pid in self._running:
            os.kill(pid, signal.SIGTERM)

    def _follow_the_dead(self) -> None:
        """One signal may stand for several who have ended."""
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            if pid in self._running:  # the first process of a container gets others' orphans too
                self._running.remove(pid)
                self._follow(os.waitstatus_to_exitcode(status))

    def _follow(self, status: int) -> None:
        starting = time.monotonic() - self._began < STARTING_S
        if status > 0 and starting and not self._ending:
            self._status = status
            self._end()
        if not self._ending:
            time.sleep(PAUSE_S)
            self._start()


def _be_a_child(parent: int, work: Callable[[], None]) -> NoReturn:
    status = 1
    try:
        _end_with(parent)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        work()
        status = 0
    except SystemExit as end:
        status = _told(end)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Not the parent's way out, whose frames are below.
        os._exit(status)


def _told(end: SystemExit) -> int:
    """The status that a SystemExit asks for; a text goes where Python itself would write it."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1


def _end_with(parent: int) -> None:
    """Die when the parent does, by SIGKILL too: nobody else would free the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)
