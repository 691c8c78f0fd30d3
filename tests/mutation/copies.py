"""Copies of this process: each does one piece of work, in time, and leaves nothing behind.

A mutant may hang within C, where no timeout of pytest reaches it, or leave processes and files.
"""

import os
import select
import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

OVER = "over"
Say = Callable[[str], None]


class Copy(NamedTuple):
    """A copy that has ended: its process number, its code (None where it hung), its last words."""

    pid: int
    code: int | None
    said: str


def run(work: Callable[[Say], int], allowed_s: Callable[[str], float]) -> Copy:
    """Let a copy of this process do the work, which ends with its code and is silent otherwise.

    It hangs where it says nothing for as long as what it has said last allows it.
    """
    hearing, telling = os.pipe()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        child = os.fork()
        if child == 0:
            _become(work, telling, folder)
        os.close(telling)
        went_on = False
        try:
            said, went_on = _followed(hearing, allowed_s)
        finally:  # also where somebody stops all of it
            os.close(hearing)
            code = _ended(child, by_itself=went_on)
    return Copy(child, code if went_on else None, said)


def _become(work: Callable[[Say], int], telling: int, folder: str) -> None:
    """Be the copy: a group of processes of its own, whose temporary files are in `folder`."""
    code = 1
    try:
        os.setsid()
        tempfile.tempdir = folder
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        code = work(lambda line: _say(telling, line))
    finally:
        _say(telling, OVER)
        os._exit(code)


def _ended(child: int, *, by_itself: bool) -> int:
    """Its code, once it is over with all that it started."""
    if not by_itself:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return code


def _say(telling: int, line: str) -> None:
    os.write(telling, f"{line}\n".encode())


def _followed(hearing: int, allowed_s: Callable[[str], float]) -> tuple[str, bool]:
    """What was said last, and whether it ended by itself."""
    said = ""
    while select.select([hearing], [], [], allowed_s(said))[0]:
        lines = os.read(hearing, 2**16).decode().splitlines()
        spoken = [line for line in lines if line != OVER]
        said = spoken[-1] if spoken else said
        if not lines or lines[-1] == OVER:
            return said, True
    return said, False
