"""The whole stack as real processes: up, down, killed, and up again."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import redis

from core.settings import Settings
from tessera import stack as stacks
from tessera.local import FolderInUse
from tessera.stack import ProcessDied, StartFailed, local_stack
from tests.tessera.test_family import ENDS_WITHIN_S, left
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def descendants() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", port=0)


@contextmanager
def upped(data: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`tessera up` as a process of its own, ready to serve."""
    code = "from tessera.cli import app; app()"
    command = [sys.executable, "-c", code, "up", "--port", "0", *arguments]
    environment = {**os.environ, "TESSERA_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def welcomed(process: subprocess.Popen[str]) -> str:
    """All that it says until it serves; it bounds its start itself."""
    assert process.stdout is not None
    said = ""
    while "Stop: Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, f"it ended before it served: {said}"
        said += line
    return said


def test_a_stack_on_given_services_leaves_them_and_tells_of_a_part_that_dies(
    settings: Settings, fresh_database_url: str, redis_url: str
):
    before = descendants()
    given = settings.model_copy(update={"database_url": fresh_database_url, "redis_url": redis_url})
    with local_stack(given) as stack:
        started = descendants() - before
        answer = httpx.get(f"{stack.url}/api/v1/users/me", **signed(stack.token))
        assert (answer.status_code, answer.json()["name"]) == (200, "admin")
        assert stat.S_IMODE(stack.token_file.stat().st_mode) == 0o600
        stack.check()
        with pytest.raises(FolderInUse, match="TESSERA_DATA_DIR"), local_stack(settings):
            pass
        parts = {child.name: child for child in stack.children}
        assert set(parts) == {"server", "worker train", "worker light"}
        parts["server"].process.kill()
        parts["server"].process.wait()
        with pytest.raises(ProcessDied, match=r"server ended(.|\n)*server\.log"):
            stack.check()
    assert len(started) >= 3
    assert left(list(started)) == []
    with redis.Redis.from_url(redis_url) as broker:
        assert broker.ping()


def signed(token: str) -> dict[str, Any]:
    """How somebody asks who has this token, and patience."""
    return {"headers": {"Authorization": f"Bearer {token}"}, "timeout": 60}


def test_a_start_that_fails_stops_what_it_had_started(settings: Settings):
    before = descendants()
    wrong = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    with (
        pytest.raises(StartFailed, match="TESSERA_REDIS_URL"),
        local_stack(wrong, fsync=False),
    ):
        pass
    assert descendants() - before == set()


def test_a_given_database_that_is_not_there_is_told_at_once(settings: Settings):
    wrong = settings.model_copy(update={"database_url": "postgresql://a@127.0.0.1:1/b"})
    with (
        pytest.raises(StartFailed, match="TESSERA_DATABASE_URL"),
        local_stack(wrong, fsync=False),
    ):
        pass


def test_up_leaves_no_process_keeps_what_it_has_and_starts_again_after_a_kill(tmp_path: Path):
    """What SIGTERM does differently is told of `Family`, and of `up` while it starts."""
    data = tmp_path / "data"
    with up_until(data, signal.SIGKILL, status=-signal.SIGKILL) as (url, token, said):
        assert "admin.token" in said
        assert token not in said
        users = f"{url}/api/v1/users"
        assert httpx.post(users, json={"name": "ada"}, **signed(token)).status_code == 201
    with up_until(data, signal.SIGINT, status=0) as (url, token, _):
        known = httpx.get(f"{url}/api/v1/users", **signed(token)).json()["items"]
        assert "ada" in {each["name"] for each in known}


@contextmanager
def up_until(data: Path, number: signal.Signals, *, status: int) -> Iterator[tuple[str, str, str]]:
    """`tessera up`: its URL, its admin's token and what it said. The signal ends it after the
    block, and nothing of it may be left."""
    with upped(data) as process:
        said = welcomed(process)
        url = (data / "server.url").read_text().strip()
        assert httpx.get(f"{url}/health/ready", timeout=60).status_code == 200
        family = [one.pid for one in psutil.Process(process.pid).children(recursive=True)]
        assert len(family) >= 5
        yield url, (data / "admin.token").read_text().strip(), said
        process.send_signal(number)
        said += process.communicate(timeout=ENDS_WITHIN_S)[0]
        assert process.returncode == status, said
    assert left(family) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_starting_leaves_no_process(tmp_path: Path, number: signal.Signals):
    with upped(tmp_path / "data") as process:
        until((tmp_path / "data" / "logs" / "migrations.log").exists, 120)
        family = [one.pid for one in psutil.Process(process.pid).children(recursive=True)]
        process.send_signal(number)
        process.communicate(timeout=ENDS_WITHIN_S)
        assert process.returncode not in (0, 1)
    assert left(family) == []


def test_the_processes_get_every_setting_as_text(settings: Settings):
    given = settings.model_copy(update={"import_roots": (Path("/a"), Path("/b")), "lease_ttl_s": 7})
    environment = stacks.environment(given, {"PATH": "/bin"})
    assert environment["TESSERA_IMPORT_ROOTS"] == f"/a{os.pathsep}/b"
    assert environment["TESSERA_LEASE_TTL_S"] == "7"
    assert "TESSERA_DATABASE_URL" not in environment
    assert json.loads(json.dumps(environment)) == environment


def test_every_address_of_this_machine_is_shown_as_one_that_works(settings: Settings):
    shown = stacks.address(settings.model_copy(update={"host": "0.0.0.0", "port": 80}))
    assert shown == "http://127.0.0.1:80"
