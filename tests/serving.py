"""The server as a process of its own, which can be stopped and started again where it was."""

import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx

from tests.forking import CONTEXT, become, end_with

COMMAND = [sys.executable, "-m", "uvicorn", "--factory", "server.app:create_app"]
READY_WITHIN_S = 120
# A bound against hanging: it has seconds of its own to say goodbye, and the machine may be loaded.
ENDS_WITHIN_S = 60


class Server:
    """A server on a port of its own; `environment` holds its settings."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = dict(environment)
        self._log = log
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.process: BaseProcess | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        arguments = (self._port, self._environment, self._log)
        self.process = CONTEXT.Process(target=_serve, args=arguments, daemon=True)
        self.process.start()
        self._wait_until_ready(self.process)

    def stop(self) -> float:
        """Ask it to stop; how many seconds that took."""
        assert self.process is not None
        asked_at = time.monotonic()
        self.process.terminate()
        self._wait_for_end()
        return time.monotonic() - asked_at

    def kill(self) -> None:
        """End it whatever it does."""
        if self.process is not None:
            self.process.kill()
            self._wait_for_end()

    def _wait_for_end(self) -> None:
        assert self.process is not None
        self.process.join(ENDS_WITHIN_S)
        assert not self.process.is_alive(), f"the server did not end in {ENDS_WITHIN_S} s"

    def _wait_until_ready(self, process: BaseProcess) -> None:
        until = time.monotonic() + READY_WITHIN_S
        with httpx.Client(trust_env=False, timeout=READY_WITHIN_S) as client:
            while time.monotonic() < until and process.is_alive():
                try:
                    if client.get(f"{self.url}/health/ready").status_code == 200:
                        return
                except httpx.TransportError:
                    time.sleep(0.1)
        raise AssertionError(f"the server did not become ready: {self._log.read_text()[-2000:]}")


def _serve(port: int, environment: dict[str, str], log: Path) -> None:
    import uvicorn

    end_with(os.getppid())
    become(environment, log)
    from server.connection import Connection

    uvicorn.run("server.app:create_app", factory=True, port=port, http=Connection)


@contextmanager
def serving(environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """A started server, ended with the block."""
    server = Server(environment, log)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
