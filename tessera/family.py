"""All processes of one owner, ended together however the owner ends.

A signal may arrive between any two lines of Python. So a child is started and noted down with
signals put off, and stopping everything can't be interrupted; a guard process does the same
if the owner is killed.
"""

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from tessera import processes
from tessera.processes import Child, Program

GUARD = Path(__file__).with_name("guard.py")
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Family:
    """A context manager: what is started in it has ended when it is left."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def children(self) -> tuple[Child, ...]:
        return tuple(self._children)

    def __enter__(self) -> Self:
        with signals_put_off():
            self._guard = subprocess.Popen(
                [sys.executable, "-I", str(GUARD)], stdin=subprocess.PIPE, start_new_session=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        try:
            self.close()
        except (KeyboardInterrupt, SystemExit):  # it came before signals were put off
            self.close()
            raise

    def start(self, program: Program) -> Child:
        """Start a program that ends with this family."""
        with signals_put_off():
            child = processes.spawn(program)
            self._children.append(child)
            self._tell(f"group {child.pid} {int(program.asking)}")
        return child

    def finish(self, program: Program, *, within_s: float) -> None:
        """Run a program to its successful end, or raise StartFailed."""
        child = self.start(program)
        try:
            processes.wait_for_success(child, within_s=within_s)
        finally:
            self._stop([child])

    def remove_after(self, folder: Path) -> None:
        """Have the guard remove a folder, too, if we are killed."""
        self._tell(f"folder {folder}")

    def close(self) -> None:
        """End everything, tier by tier; safe to repeat."""
        with signals_put_off():
            latest_first = sorted(self._children, key=lambda child: -child.program.tier)
            for _, tier in groupby(latest_first, key=lambda child: child.program.tier):
                self._stop(list(tier))
            self._release_guard()

    def _stop(self, children: list[Child]) -> None:
        processes.stop(children)
        for child in children:
            self._tell(f"gone {child.pid}")
            self._children.remove(child)

    def _tell(self, line: str) -> None:
        assert self._guard is not None, "a family is used as a context manager"
        assert self._guard.stdin is not None
        # a guard that someone killed can't be told; the children have the kernel's signal still
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.write(f"{line}\n".encode())
            self._guard.stdin.flush()

    def _release_guard(self) -> None:
        if self._guard is not None:
            self._tell("release")
            with contextlib.suppress(BrokenPipeError):
                self._guard.communicate()
            self._guard = None


@contextmanager
def signals_put_off() -> Iterator[None]:
    """Signals that would end us wait until the block is done; then each is delivered once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is ever interrupted by a signal
        return
    waiting: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        waiting.append(number)

    before = {number: signal.signal(number, note) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in dict.fromkeys(waiting):
            signal.raise_signal(signal.Signals(late))


@contextmanager
def ending_raises() -> Iterator[None]:
    """SIGTERM and SIGHUP unwind the stack as Ctrl-C does: SystemExit(128 + number).

    A script's background job is born deaf to Ctrl-C; whoever sends it SIGINT is heard here.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
