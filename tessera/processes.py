"""A child process that we own: started in a session of its own, with a log, watched, stopped."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

LAUNCH = Path(__file__).with_name("launch.py")
TAIL_LINES = 20


class StackError(RuntimeError):
    """The local stack can't be run; the text says why and what to do."""


class StartFailed(StackError):
    """A process ended, or did not answer in time, while it was started."""


@dataclass(frozen=True)
class User:
    """A system user to run as; `reach` lets it walk through folders closed to others."""

    uid: int
    gid: int
    reach: bool = False


@dataclass(frozen=True)
class Program:
    """What to run and how it wants to be ended; `tier` says when: higher ones go first."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] | None = None
    folder: Path | None = None
    user: User | None = None
    asking: signal.Signals = signal.SIGTERM
    orphaned: signal.Signals = signal.SIGKILL  # sent by Linux when the starting thread ends
    grace_s: float = 10.0
    tier: int = 0


@dataclass(frozen=True)
class Child:
    """A started program, the leader of its own group, and where in its log this run begins."""

    program: Program
    process: subprocess.Popen[bytes]
    log_start: int

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def said(self) -> str:
        """Everything this run has logged."""
        with self.program.log.open("rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")

    def last_words(self) -> str:
        lines = self.said().splitlines()[-TAIL_LINES:]
        return "\n".join([f"Last lines of {self.program.log}:", *lines])


def spawn(program: Program) -> Child:
    """Start it. Call from a thread that lives as long as the child may."""
    program.log.parent.mkdir(parents=True, exist_ok=True)
    with program.log.open("ab") as out:
        process = subprocess.Popen(
            [*_launcher(program), *program.command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=None if program.env is None else dict(program.env),
            cwd=program.folder,
            start_new_session=True,
        )
        return Child(program, process, out.tell())


def wait_until(child: Child, answers: Callable[[], bool], *, within_s: float) -> None:
    """Return once `answers()` is true; raise StartFailed when the child ends or time runs out."""
    deadline = time.monotonic() + within_s
    while not answers():
        if not child.running:
            status = child.process.returncode
            raise StartFailed(
                f"{child.name} ended with status {status} while starting.\n{child.last_words()}"
            )
        if time.monotonic() > deadline:
            raise StartFailed(
                f"{child.name} did not answer within {within_s:g} s.\n{child.last_words()}"
            )
        time.sleep(0.05)


def wait_for_success(child: Child, *, within_s: float) -> None:
    """Return when the child ended with status 0; raise StartFailed otherwise."""
    try:
        status = child.process.wait(within_s)
    except subprocess.TimeoutExpired:
        raise StartFailed(f"{child.name} took over {within_s:g} s.\n{child.last_words()}") from None
    if status != 0:
        raise StartFailed(f"{child.name} ended with status {status}.\n{child.last_words()}")


def stop(children: Sequence[Child]) -> None:
    """Ask all of them to end; whoever hasn't after its grace is killed with all it started."""
    offspring = [one for child in children for one in _offspring(child)]
    for child in children:
        if child.running:
            child.process.send_signal(child.program.asking)
    started = time.monotonic()
    for child in children:
        left_s = started + child.program.grace_s - time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(left_s, 0))
        offspring += _offspring(child)
        _kill_group(child.pid)
        child.process.wait()
    for one in offspring:  # those that made themselves a group of their own
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()


def _offspring(child: Child) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(child.pid).children(recursive=True)
    return []


def _kill_group(group: int) -> None:
    # macOS answers EPERM for a group of zombies
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _launcher(program: Program) -> list[str]:
    words = [sys.executable, "-I", str(LAUNCH)]
    words += ["--parent", str(os.getpid()), "--signal", str(int(program.orphaned))]
    if program.user is not None:
        words += ["--user", str(program.user.uid), "--group", str(program.user.gid)]
        words += ["--reach"] if program.user.reach else []
    return [*words, "--"]
