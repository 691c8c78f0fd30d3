"""Starts `python -m ml.run FOLDER` as a process of its own, from a fork server where there can be
one: that has torch loaded already."""

import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

# What a run's life line carries: first its process id, in the end its exit code.
NUMBER = struct.Struct("!i")
TICK_S = 0.25
END_WITHIN_S = 5.0
# Elsewhere a process that has loaded torch may not be forked safely.
FORKS = sys.platform == "linux"


def start(
    folder: Path,
    log: IO[bytes],
    environment: Mapping[str, str],
    waiting: Callable[[], object] = lambda: None,
) -> "Run":
    """The run of the spec in `folder`. What it logs goes to `log`, its events to its stdout.

    `waiting` is called now and then until it has started; what it raises ends the attempt.
    Raises OSError when no process can be had.
    """
    if not FORKS:
        return _spawned(folder, log, environment)
    try:
        return _forked(folder, log, environment, waiting)
    except ConnectionError:  # the server has died since it was last asked
        return _forked(folder, log, environment, waiting)


def _spawned(folder: Path, log: IO[bytes], environment: Mapping[str, str]) -> "Run":
    return subprocess.Popen(
        [sys.executable, "-m", "ml.run", str(folder), "--parent", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
        env=environment,
    )


def _forked(
    folder: Path,
    log: IO[bytes],
    environment: Mapping[str, str],
    waiting: Callable[[], object],
) -> "Run":
    speech, mouth = os.pipe()
    life, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stdout = os.fdopen(speech, "rb")
    asked = {"folder": str(folder.absolute()), "environment": dict(environment)}
    try:
        SERVER.ask(asked, [mouth, log.fileno(), other.fileno()])
        return ForkedRun(life, stdout, waiting)
    except BaseException:
        life.close()
        stdout.close()
        raise
    finally:
        os.close(mouth)
        other.close()


class ForkedRun:
    """A run that the fork server has started: a grandchild, heard of by its life line.

    It has what callers use of subprocess.Popen, and leads a process group of its own as those do.
    """

    def __init__(
        self, life: socket.socket, stdout: IO[bytes], waiting: Callable[[], object]
    ) -> None:
        self.stdout: IO[bytes] | None = stdout
        self.returncode: int | None = None
        self._life = life
        self.pid = self._begun(waiting)

    def _begun(self, waiting: Callable[[], object]) -> int:
        """Its number, which may take the seconds that loading torch takes."""
        while True:
            waiting()
            number = self._heard(TICK_S)
            if number is not None:
                return number

    def _heard(self, timeout_s: float | None) -> int | None:
        """The next number, None when there is none in time. Raises ConnectionError."""
        self._life.settimeout(timeout_s)
        try:
            told = self._life.recv(NUMBER.size)
        except (TimeoutError, BlockingIOError):
            return None
        if not told:
            raise ConnectionError("the fork server has ended")
        number: int = NUMBER.unpack(told)[0]
        return number

    def poll(self) -> int | None:
        """The exit code as subprocess has it, None while it runs."""
        return self._ended(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("ml.run", timeout or 0.0)
        return code

    def _ended(self, timeout_s: float | None) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = self._heard(timeout_s)
            except ConnectionError:
                # Its parent is gone: it ends by itself, and nobody will tell how.
                self.returncode = -signal.SIGKILL
            if self.returncode is not None:
                self._life.close()
        return self.returncode

    def terminate(self) -> None:
        """Ask it to stop."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)


Run = ForkedRun | subprocess.Popen[bytes]


class _Server:
    """This process's fork server, started when it is first wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ear: socket.socket | None = None

    def ask(self, asked: dict[str, Any], descriptors: list[int]) -> None:
        """Hand over a request. Raises ConnectionError when the server has died meanwhile."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start(asked["environment"])
            assert self._ear is not None
            socket.send_fds(self._ear, [json.dumps(asked).encode()], descriptors)

    def _start(self, environment: dict[str, str]) -> None:
        """With the environment of its first run: anybody can read it, as they can a run's."""
        self.end()
        self._ear, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ml.fork_server"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                # One thread, since what is forked has to be whole.
                env={**environment, "OPENBLAS_NUM_THREADS": "1"},
            )

    def end(self) -> None:
        """Let it go; it ends with its runs."""
        if self._ear is not None:
            self._ear.close()
        if self._process is not None:
            try:
                self._process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:  # stopped by somebody, and not to wake again
                self._process.kill()
                self._process.wait()
        self._process = self._ear = None


SERVER = _Server()
atexit.register(SERVER.end)
