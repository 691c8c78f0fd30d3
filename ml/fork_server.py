"""`python -m ml.fork_server`: has torch loaded, and forks a process for each run it is asked for.

Loading torch and what stages need takes seconds of a core, forking takes hundredths. Whoever
starts it (`ml.starting`) holds the other end of its stdin, a socket; at its end it ends too, and
so does every run (`Child.watch_parent`). It computes nothing and has one thread, so that what it
forks is whole; a GPU is first touched in the run.
"""

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from typing import NamedTuple

from ml.run import SPIN, main
from ml.starting import NUMBER

KINDS = ("ml.train", "ml.evaluate", "ml.score", "ml.select")
LONGEST = 2**20
DESCRIPTORS = 3


class Asked(NamedTuple):
    """A run: its folder, its environment, and where it speaks, logs, and lives or dies."""

    folder: str
    environment: dict[str, str]
    stdout: int
    stderr: int
    life: int


def serve(ear: socket.socket) -> Asked | None:
    """Fork for each request until nobody can ask any more.

    Returns None in the end, and in each forked process the run that is its own.
    """
    with selectors.DefaultSelector() as watched:
        watched.register(ear, selectors.EVENT_READ)
        while True:
            for key, _ in watched.select():
                if key.data is not None:
                    _tell_end(watched, key.fd, *key.data)
                    continue
                asked = _receive(ear)
                if asked is None or _fork(watched, asked):
                    return asked


def _receive(ear: socket.socket) -> Asked | None:
    message, descriptors, _, _ = socket.recv_fds(ear, LONGEST, DESCRIPTORS)
    if not message:
        return None
    told = json.loads(message)
    return Asked(told["folder"], told["environment"], *descriptors)


def _fork(watched: selectors.BaseSelector, asked: Asked) -> bool:
    """Whether this is the new process, which keeps nothing of the others'."""
    pid = os.fork()
    if pid == 0:
        for key in list(watched.get_map().values()):
            os.close(key.fd)
            if key.data is not None:
                os.close(key.data[1])
        return True
    os.close(asked.stdout)
    os.close(asked.stderr)
    # Both do it, since whoever is told the number may end the group.
    os.setpgid(pid, pid)
    try:
        os.write(asked.life, NUMBER.pack(pid))
    except OSError:  # nobody waits for it any more
        os.kill(pid, signal.SIGKILL)
    watched.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, asked.life))
    return False


def _tell_end(watched: selectors.BaseSelector, handle: int, pid: int, life: int) -> None:
    watched.unregister(handle)
    os.close(handle)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(OSError):  # whoever asked may be gone
        os.write(life, NUMBER.pack(code))
    os.close(life)


def _become(asked: Asked) -> None:
    os.setpgid(0, 0)
    os.close(asked.life)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for given, place in ((nothing, 0), (asked.stdout, 1), (asked.stderr, 2)):
        os.dup2(given, place)
        os.close(given)
    os.environ.clear()
    os.environ.update(asked.environment)


def _served() -> Asked | None:
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN)
    gc.disable()  # looking for garbage in what stays takes a fifth of loading it
    for kind in KINDS:
        importlib.import_module(kind)
    gc.freeze()
    gc.enable()
    ear = socket.socket(fileno=os.dup(0))
    return serve(ear)


if __name__ == "__main__":
    parent = os.getpid()
    own = _served()
    code = 0
    if own is not None:
        _become(own)
        code = main([own.folder, "--parent", str(parent)])
        sys.stderr.flush()
    # Taking torch down piece by piece takes a second, and leaves nothing else behind.
    os._exit(code)
