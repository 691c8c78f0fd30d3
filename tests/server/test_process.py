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


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    """Signed in as the first admin, and patient: the machine may be loaded."""
    url = f"{server.url}/api/v1"
    with httpx.Client(base_url=url, headers=TOKEN, trust_env=False, timeout=60) as client:
        yield client


def project(http: httpx.Client) -> str:
    """The path of the module's one project."""
    http.post("/projects", json=PROJECT)
    return f"/projects/{http.get('/projects').json()['items'][0]['id']}"


@pytest.mark.slow
def test_forty_callers_at_once_are_all_served(http: httpx.Client):
    """More than there are connections, threads or places in the line."""
    url = str(http.base_url.join(f"/api/v1{project(http)}"))

    def ask(_: int) -> set[int]:
        with httpx.Client(headers=TOKEN, trust_env=False, timeout=60) as client:
            return {client.get(url).status_code for _ in range(5)}

    with ThreadPoolExecutor(40) as callers:
        assert set().union(*callers.map(ask, range(40))) == {200}


@pytest.mark.slow
def test_changes_arrive_and_end_with_the_server(server: Server, http: httpx.Client, tmp_path: Path):
    (tmp_path / "images").mkdir()
    path = project(http)
    with http.stream("GET", f"{path}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        time.sleep(1.5)  # the first look is over: what follows is told because it happens
        job = http.post(f"{path}/imports", json={"path": str(tmp_path)}).json()
        told = [next_event(lines), next_event(lines)]
        assert [name for name, _ in told] == ["job", "job"]
        assert told[0][1]["kind"] == "import.requested"
        assert told[1][1] == job
        server.stop()


def next_event(lines: Iterator[str]) -> tuple[str, Any]:
    """The name and data of the next event."""
    for line in lines:
        if line.startswith("event: "):
            return line.removeprefix("event: "), json.loads(next(lines).removeprefix("data: "))
    raise AssertionError("the stream ended")


@pytest.mark.slow
def test_a_watcher_who_loses_the_right_is_sent_away(http: httpx.Client):
    me = http.get("/users/me").json()
    spare = http.post(f"/users/{me['id']}/tokens", json={}).json()
    headers = {"Authorization": f"Bearer {spare['token']}"}
    with http.stream("GET", f"{project(http)}/events", headers=headers) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        http.delete(f"/tokens/{spare['id']}")
        assert ": still here" not in list(lines)


@pytest.mark.slow
def test_the_examples_of_the_reference_run_when_pasted(
    server: Server, http: httpx.Client, tmp_path: Path
):
    project(http)
    document = http.get("/openapi.json").json()
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
