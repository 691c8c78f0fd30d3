"""Child processes that we own: started in a group of their own, watched, stopped, not left."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCH = Path(__file__).with_name("launch.py")
TAIL_LINES = 20


class StartFailed(RuntimeError):
    """A process ended, or did not answer in time, while it was started."""


@dataclass(frozen=True)
class User:
    """A system user to run as; `reach` lets it walk through folders closed to others."""

    uid: int
    gid: int
    reach: bool = False


@dataclass(frozen=True)
class Child:
    """A started process, the leader of its own group, and the log that holds what it said."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    said_before: int  # bytes of the log written by earlier runs

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def tail(self) -> str:
        """The last lines of this run."""
        with self.log.open("rb") as log:
            log.seek(self.said_before)
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])


def start(
    name: str,
    command: Sequence[str],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    user: User | None = None,
    on_orphaned: signal.Signals = signal.SIGKILL,
) -> Child:
    """Start `command` in a session of its own, its output appended to `log`.

    Call it from a thread that lives as long as the child may: Linux sends `on_orphaned` when that
    thread ends.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*_launcher(user, on_orphaned), *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            start_new_session=True,
        )
        return Child(name, process, log, out.tell())


def wait_until(
    child: Child, answers: Callable[[], bool], *, within_s: float, every_s: float = 0.05
) -> None:
    """Return once `answers()` is true; raise StartFailed when the child ends or time runs out."""
    deadline = time.monotonic() + within_s
    while not answers():
        if not child.running:
            raise StartFailed(
                f"{child.name} ended with status {child.process.returncode} while starting.\n"
                f"Last lines of {child.log}:\n{child.tail()}"
            )
        if time.monotonic() > deadline:
            raise StartFailed(
                f"{child.name} did not answer within {within_s:g} s.\n"
                f"Last lines of {child.log}:\n{child.tail()}"
            )
        time.sleep(every_s)


def stop(child: Child, asking: signal.Signals = signal.SIGTERM, *, grace_s: float = 10) -> None:
    """Ask the child to end; after `grace_s` kill its whole group. What it left in it dies too."""
    if child.running:
        child.process.send_signal(asking)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(grace_s)
    kill_group(child.pid)
    child.process.wait()


def kill_group(group: int) -> None:
    """SIGKILL to every process of a group; nothing happens when it is empty."""
    # macOS answers EPERM for a group of zombies
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _launcher(user: User | None, on_orphaned: signal.Signals) -> list[str]:
    words = [sys.executable, "-I", str(LAUNCH)]
    words += ["--parent", str(os.getpid()), "--signal", str(int(on_orphaned))]
    if user is not None:
        words += ["--user", str(user.uid), "--group", str(user.gid)]
        words += ["--reach"] if user.reach else []
    return [*words, "--"]
