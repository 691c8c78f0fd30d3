"""The service under load: embedded PostgreSQL and Redis, the server as `tessera up` starts it."""

import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
from pydantic import SecretStr
from sqlalchemy.orm import Session

import migrations
from benchmarks.queues import Queue
from core import projects, users
from core.db import transaction
from core.settings import Settings
from tessera import local, postgres, processes, redis, stack
from tessera.family import Family
from tessera.processes import Child
from tests.environment import settings_of

READY_WITHIN_S = 60.0


class Site:
    """A running service; its server may be stopped, killed and started again."""

    def __init__(self, family: Family, settings: Settings, app: str | None = None) -> None:
        self._family = family
        self._settings = settings
        program = stack.program(settings, "server")
        self._program = replace(program, command=_command(settings, app)) if app else program
        self.host, self.port = settings.host, settings.port
        self.server: Child = self.start()

    def start(self) -> Child:
        """Start the server and wait until it is ready."""
        self.server = self._family.start(self._program)
        url = f"http://{self.host}:{self.port}/health/ready"
        processes.wait_until(self.server, lambda: stack.ready(url), within_s=READY_WITHIN_S)
        return self.server

    def restart(self, *, kill: bool = False) -> tuple[float, float]:
        """End it, gently or not, and start it again; seconds that each took."""
        began = time.perf_counter()
        self.server.process.kill() if kill else self.server.process.terminate()
        self.server.process.wait(60)
        ended = time.perf_counter()
        self.start()
        return ended - began, time.perf_counter() - ended

    @contextmanager
    def beside(self, app: str) -> Iterator["Site"]:
        """Another application, under the same settings but for the port."""
        settings = self._settings
        port = local.free_port(settings.host, 0)
        other = Site(self._family, settings.model_copy(update={"port": port}), app)
        try:
            yield other
        finally:
            processes.stop([other.server])

    def rss_mb(self) -> float:
        """Memory of the server and whatever it started, in MiB."""
        return sum(each.memory_info().rss for each in _tree(self.server.pid)) / 2**20

    def cpu_s(self) -> dict[str, float]:
        """Seconds of CPU of the server, and of PostgreSQL with the sessions that have ended."""
        database = next(each for each in self._family.children if each.name == "PostgreSQL")
        return {"server": tree_cpu_s(self.server.pid), "postgres": tree_cpu_s(database.pid)}


def _command(settings: Settings, app: str) -> list[str]:
    """Another application under the server that ours has, in as many processes."""
    command = [sys.executable, "-m", "uvicorn", "--factory", app, "--no-access-log"]
    command += ["--host", settings.host, "--port", str(settings.port)]
    return [*command, "--workers", str(settings.server_processes)]


def _tree(pid: int) -> list[psutil.Process]:
    leader = psutil.Process(pid)
    return [leader, *leader.children(recursive=True)]


def tree_cpu_s(pid: int) -> float:
    """Of a process, its descendants, and those of its children that have ended."""
    times = [each.cpu_times() for each in _tree(pid)]
    reaped = times[0].children_user + times[0].children_system
    return sum(each.user + each.system for each in times) + reaped


@contextmanager
def running(fsync: bool = True) -> Iterator[Site]:
    """A fresh service on a durable database; this process's settings are the server's."""
    with (
        tempfile.TemporaryDirectory(prefix="tessera-load-") as name,
        stack.runtime_folder() as sockets,
        Family() as family,
    ):
        folder = Path(name)
        family.remove_after(folder)
        options = postgres.Options(folder / "postgres.log", fsync)
        database = postgres.start(family, folder / "pgdata", sockets, options)
        migrations.upgrade(database)
        broker = redis.start(family, sockets, folder / "redis.log")
        values = {"database_url": database, "redis_url": broker, "token_rate": 0}
        with settings_of(folder / "data", **values):
            yield Site(family, _settings())


def _settings() -> Settings:
    known = Settings()
    token = SecretStr(f"tes_{secrets.token_urlsafe(32)}")
    port = local.free_port(known.host, 0)
    return known.model_copy(update={"bootstrap_token": token, "port": port})


def tokens(queue: Queue, count: int) -> list[str]:
    """So many annotators of the project, each by a token."""
    with transaction() as db:
        return [_annotator(db, queue, f"{queue.project.name}-{number}") for number in range(count)]


def _annotator(db: Session, queue: Queue, name: str) -> str:
    user = users.create(db, name=name)
    projects.set_member(db, queue.project, user_id=user.id, role="annotator", by=queue.owner)
    return users.create_token(db, user)[1]
