"""The server as several processes: one address, one set of figures, and no end by accident."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from server.processes import Processes
from tests.serving import free_port

WITHIN_S = 60
pytestmark = pytest.mark.slow


def until(happens: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Several:
    """`python -m server` with two processes."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment | {"TESSERA_SERVER_PROCESSES": "2"}
        self.port = free_port()
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "server", "--port", str(self.port)]
        return subprocess.Popen(
            command, env=self._environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def get(self, path: str) -> httpx.Response:
        """By a connection of its own, so that either process may answer."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False, timeout=WITHIN_S)

    def ready(self) -> bool:
        try:
            return self.get("/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def listening(self) -> int:
        """How many processes take connections."""
        return sum(
            any(each.laddr.port == self.port and each.status == psutil.CONN_LISTEN
                for each in child.net_connections("tcp"))
            for child in self.children()
        )  # fmt: skip


@pytest.fixture
def several(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Several]:
    values = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "DATA_DIR": str(tmp_path)}
    server = Several(os.environ | {f"TESSERA_{name}": value for name, value in values.items()})
    try:
        until(lambda: server.listening() == 2)
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def test_whoever_is_asked_tells_what_all_have_counted(several: Several):
    for _ in range(30):
        several.get("/wp-login.php")
    until(several.ready)
    line = 'tessera_http_requests_total{method="GET",route="unmatched",status="4xx"}'
    told = [several.get("/metrics").text.splitlines() for _ in range(10)]
    assert {each for lines in told for each in lines if each.startswith(line)} == {f"{line} 30.0"}


def test_one_that_is_killed_is_followed_by_another(several: Several):
    before = several.children()
    before[0].kill()
    until(lambda: several.listening() == 2)
    after = several.children()
    assert before[1] in after
    assert before[0] not in after


def test_none_outlives_the_one_that_watches_them(several: Several):
    children = several.children()
    several.process.kill()
    assert psutil.wait_procs(children, WITHIN_S)[1] == []


def test_it_ends_gently_with_all_of_them(several: Several):
    children = several.children()
    several.process.terminate()
    assert several.process.wait(WITHIN_S) == 0
    assert psutil.wait_procs(children, 0)[1] == []


def test_an_address_that_somebody_has_is_told_and_not_shared(several: Several):
    second = several.start()
    _, said = second.communicate(timeout=WITHIN_S)
    assert second.returncode == 1
    assert f"Expected a free address; 127.0.0.1:{several.port} is not" in said


def test_what_cannot_start_is_not_tried_again(several: Several):
    several.process.terminate()
    several.process.wait(WITHIN_S)
    several._environment["TESSERA_BOOTSTRAP_TOKEN"] = "changeme"
    second = several.start()
    _, said = second.communicate(timeout=WITHIN_S)
    assert second.returncode == 1
    assert "easily guessed" in said


def test_the_status_of_an_error_is_that_of_all():
    """In a process of its own: signals are blocked in whoever watches."""
    pid = os.fork()
    if pid == 0:
        os._exit(Processes(2, lambda: sys.exit(7)).run())
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


def test_an_error_later_on_is_followed_by_another_attempt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("server.processes.STARTING_S", 0.0)

    def work() -> None:
        attempts = len(list(tmp_path.iterdir()))
        (tmp_path / str(attempts)).touch()
        if attempts < 2:
            sys.exit(7)
        signal.pause()

    pid = os.fork()
    if pid == 0:
        os._exit(Processes(1, work).run())
    until(lambda: len(list(tmp_path.iterdir())) == 3)
    os.kill(pid, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_those_who_end_when_asked_end_all_without_an_error():
    pid = os.fork()
    if pid == 0:
        os._exit(Processes(2, signal.pause).run())
    until(lambda: len(psutil.Process(pid).children()) == 2)
    os.kill(pid, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
