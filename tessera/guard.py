"""Ends what its parent started, should the parent be killed before it could do so itself.

Run by path with `python -I`. It reads lines from a pipe that only the parent writes to:
`group PID SIGNAL` and `gone PID` for each child, `folder PATH` for what to remove, `release` to let
go of everything. The pipe's end without `release` means that the parent is dead.
"""

import contextlib
import os
import shutil
import signal
import sys
import time

GRACE_S = 10.0


def main() -> None:
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    groups: dict[int, int] = {}
    folders: list[str] = []
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "release":
            return
        if word == "group":
            pid, number = map(int, rest.split())
            groups[pid] = number
        elif word == "gone":
            groups.pop(int(rest), None)
        elif word == "folder":
            folders.append(rest)
    end(groups)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def end(groups: dict[int, int]) -> None:
    """Ask every group's leader, then kill the groups; the last started goes first."""
    for pid, number in reversed(groups.items()):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
    deadline = time.monotonic() + GRACE_S
    while any(map(_lives, groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in reversed(groups):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
