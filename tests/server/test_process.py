"""The server as a process of its own: what a client in the same process cannot see."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.pages import examples
from tests.server.people import BOOTSTRAP
from tests.serving import Server, serving

TOKEN = {"Authorization": f"Bearer {BOOTSTRAP}"}
PROJECT = {
    "name": "streets",
    "cell_px": 30,
    "classes": [
        {"value": 0, "name": "road", "color": "#804080"},
        {"value": 1, "name": "other", "color": "#464646"},
    ],
    "recipe": {"name": "s4al-cpu"},
}


@pytest.fixture
def server(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Server]:
    values = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(tmp_path),
        "BOOTSTRAP_TOKEN": BOOTSTRAP,
        "IMPORT_ROOTS": str(tmp_path),
        "TOKEN_RATE": "0",
    }
    environment = os.environ | {f"TESSERA_{name}": value for name, value in values.items()}
    with serving(environment, tmp_path / "server.log") as started:
        yield started


def project(server: Server) -> dict[str, Any]:
    """The module's one project."""
    url = f"{server.url}/api/v1/projects"
    httpx.post(url, json=PROJECT, headers=TOKEN)
    found: dict[str, Any] = httpx.get(url, headers=TOKEN).json()["items"][0]
    return found


@pytest.mark.slow
def test_forty_callers_at_once_are_all_served(server: Server):
    """More than there are connections, threads or places in the line."""
    path = f"{server.url}/api/v1/projects/{project(server)['id']}"

    def ask(_: int) -> set[int]:
        with httpx.Client(headers=TOKEN, trust_env=False, timeout=60) as client:
            return {client.get(path).status_code for _ in range(5)}

    with ThreadPoolExecutor(40) as callers:
        assert set().union(*callers.map(ask, range(40))) == {200}


@pytest.mark.slow
def test_changes_arrive_and_end_with_the_server(server: Server, tmp_path: Path):
    (tmp_path / "images").mkdir()
    url = f"{server.url}/api/v1/projects/{project(server)['id']}"
    with httpx.stream("GET", f"{url}/events", headers=TOKEN) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        time.sleep(1.5)  # the first look is over: what follows is told because it happens
        job = httpx.post(f"{url}/imports", json={"path": str(tmp_path)}, headers=TOKEN).json()
        told = [next_event(lines), next_event(lines)]
        assert [name for name, _ in told] == ["job", "job"]
        assert told[0][1]["kind"] == "import.requested"
        assert told[1][1] == job
        assert server.stop() < 8


def next_event(lines: Iterator[str]) -> tuple[str, Any]:
    """The name and data of the next event."""
    for line in lines:
        if line.startswith("event: "):
            return line.removeprefix("event: "), json.loads(next(lines).removeprefix("data: "))
    raise AssertionError("the stream ended")


@pytest.mark.slow
def test_a_watcher_who_loses_the_right_is_sent_away(server: Server):
    me = httpx.get(f"{server.url}/api/v1/users/me", headers=TOKEN).json()
    tokens = f"{server.url}/api/v1/users/{me['id']}/tokens"
    spare = httpx.post(tokens, json={}, headers=TOKEN).json()
    headers = {"Authorization": f"Bearer {spare['token']}"}
    url = f"{server.url}/api/v1/projects/{project(server)['id']}/events"
    with httpx.stream("GET", url, headers=headers, timeout=60) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        httpx.delete(f"{server.url}/api/v1/tokens/{spare['id']}", headers=TOKEN)
        assert ": still here" not in list(lines)


@pytest.mark.slow
def test_the_examples_of_the_reference_run_when_pasted(server: Server, tmp_path: Path):
    project(server)
    document = httpx.get(f"{server.url}/api/v1/openapi.json").json()
    environment = os.environ | {"TESSERA_URL": server.url, "TESSERA_TOKEN": BOOTSTRAP}
    for method, path in (
        ("GET", "/api/v1/users/me"),
        ("POST", "/api/v1/users"),
        ("POST", "/api/v1/users/{user_id}/tokens"),
        ("GET", "/api/v1/projects/{project_id}"),
        ("PATCH", "/api/v1/projects/{project_id}"),
        ("POST", "/api/v1/projects/{project_id}/leases"),
        ("GET", "/metrics"),
    ):
        command = f"{examples.curl(document, method, path)} --fail --noproxy '*'"
        done = subprocess.run(["sh", "-c", command], env=environment, cwd=tmp_path, check=False)
        assert done.returncode == 0, command
