"""The whole stack as real processes: up, down, killed, and up again."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
import redis

from core.settings import Settings
from tessera import stack as stacks
from tessera.local import FolderInUse
from tessera.stack import ProcessDied, StartFailed, local_stack
from tests.tessera.test_family import left

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


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
        yield process
        process.kill()


def wait_for_address(process: subprocess.Popen[str], data: Path) -> str:
    address = data / "server.url"
    while not address.exists():
        assert process.poll() is None, process.stdout and process.stdout.read()
        time.sleep(0.1)
    return address.read_text().strip()


def test_a_stack_serves_and_leaves_no_process(settings: Settings):
    before = descendants()
    with local_stack(settings, fsync=False) as stack:
        started = descendants() - before
        answer = httpx.get(f"{stack.url}/api/v1/users/me", headers=signed(stack.token))
        assert (answer.status_code, answer.json()["name"]) == (200, "admin")
        assert stat.S_IMODE(stack.token_file.stat().st_mode) == 0o600
        stack.check()
    assert len(started) >= 5
    assert left(list(started), within_s=2) == []


def signed(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_restart_keeps_data_and_token(settings: Settings):
    with local_stack(settings, fsync=False) as stack:
        made = httpx.post(
            f"{stack.url}/api/v1/users", json={"name": "ada"}, headers=signed(stack.token)
        )
        assert made.status_code == 201
    with local_stack(settings, fsync=False) as stack:
        users = httpx.get(f"{stack.url}/api/v1/users", headers=signed(stack.token)).json()["items"]
    assert "ada" in {user["name"] for user in users}


def test_a_second_stack_on_the_same_folder_is_refused(settings: Settings):
    with local_stack(settings, fsync=False):  # noqa: SIM117 - the second must fail in the first
        with pytest.raises(FolderInUse, match="TESSERA_DATA_DIR"), local_stack(settings):
            pass


def test_a_part_that_dies_is_told_with_its_last_words(settings: Settings):
    with local_stack(settings, fsync=False) as stack:
        server = next(child for child in stack.children if child.name == "server")
        server.process.kill()
        server.process.wait()
        with pytest.raises(ProcessDied, match=r"server ended(.|\n)*server\.log"):
            stack.check()


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


def test_given_services_are_used_and_not_stopped(
    settings: Settings, fresh_database_url: str, redis_url: str
):
    given = settings.model_copy(update={"database_url": fresh_database_url, "redis_url": redis_url})
    with local_stack(given) as stack:
        assert {child.name for child in stack.children} == {
            "server", "worker train", "worker light"
        }  # fmt: skip
    with redis.Redis.from_url(redis_url) as broker:
        assert broker.ping()


def test_after_a_kill_no_process_is_left_and_the_same_folder_starts_again(tmp_path: Path):
    data = tmp_path / "data"
    with upped(data) as process:
        wait_for_address(process, data)
        family = [one.pid for one in psutil.Process(process.pid).children(recursive=True)]
        assert len(family) >= 5
        process.kill()
        assert left(family, within_s=20) == []
    with local_stack(Settings(data_dir=data, port=0), fsync=False) as stack:
        assert httpx.get(f"{stack.url}/health/ready").status_code == 200


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_up_ends_on_a_signal_and_leaves_no_process(
    tmp_path: Path, number: signal.Signals, status: int
):
    with upped(tmp_path / "data") as process:
        wait_for_address(process, tmp_path / "data")
        family = [one.pid for one in psutil.Process(process.pid).children(recursive=True)]
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == status, said
    assert left(family, within_s=1) == []


def test_up_keeps_the_token_out_of_a_log(tmp_path: Path):
    with upped(tmp_path / "data") as process:
        wait_for_address(process, tmp_path / "data")
        token = (tmp_path / "data" / "admin.token").read_text().strip()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert "admin.token" in said
    assert token not in said


def test_an_interrupt_while_starting_leaves_no_process(tmp_path: Path):
    with upped(tmp_path / "data") as process:
        while not (tmp_path / "data" / "logs" / "migrations.log").exists():
            time.sleep(0.05)
        family = [one.pid for one in psutil.Process(process.pid).children(recursive=True)]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode not in (0, 1)
    assert left(family, within_s=1) == []


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
