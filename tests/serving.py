"""The server as a process of its own, which can be stopped and started again where it was."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

COMMAND = [sys.executable, "-m", "uvicorn", "--factory", "server.app:create_app"]
READY_WITHIN_S = 60


class Server:
    """A server on a port of its own; `environment` holds its settings."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "--port", str(self._port)],
                env=dict(self._environment),
                stdout=log,
                stderr=log,
            )
        self._wait_until_ready(self.process)

    def stop(self) -> float:
        """Ask it to stop; how many seconds that took."""
        assert self.process is not None
        asked_at = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        return time.monotonic() - asked_at

    def kill(self) -> None:
        """End it whatever it does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(20)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and process.poll() is None:
            try:
                if httpx.get(f"{self.url}/health/ready", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"the server did not become ready: {self._log.read_text()[-2000:]}")


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
