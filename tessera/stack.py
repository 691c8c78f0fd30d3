"""The whole service on one machine: PostgreSQL, Redis, server and workers, as our own processes.

What has a URL in the settings is used as given; the rest is embedded. Everything ends with the
`with` block, and a guard ends it if we are killed.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import redis as redis_client
from pydantic import SecretStr

from core.settings import Settings
from tessera import local, postgres, processes, redis
from tessera.family import Family, ending_raises
from tessera.processes import Child, Program, StackError, StartFailed

ROOT = Path(__file__).resolve().parents[1]
MIGRATE_WITHIN_S, SERVE_WITHIN_S, WORK_WITHIN_S = 120.0, 90.0, 120.0
SERVICES = 1  # the tier that stops before PostgreSQL and Redis

__all__ = [
    "ProcessDied", "Stack", "StackError", "StartFailed", "address", "environment", "local_stack",
    "program", "ready", "runtime_folder",
]  # fmt: skip

Say = Callable[[str], None]


class ProcessDied(StackError):
    """A part of the running stack ended by itself."""


@dataclass(frozen=True)
class Stack:
    """A running stack. `token` is the first admin's; `settings` carry every URL."""

    url: str
    token: str
    settings: Settings
    children: tuple[Child, ...]

    @property
    def token_file(self) -> Path:
        return self.settings.data_dir / local.TOKEN_FILE

    @property
    def logs(self) -> Path:
        return self.settings.data_dir / "logs"

    def check(self) -> None:
        """Raise ProcessDied, with its last words, when a process has ended."""
        for child in self.children:
            if not child.running:
                status = child.process.returncode
                raise ProcessDied(f"{child.name} ended, status {status}.\n{child.last_words()}")

    def serve(self) -> None:
        """Return never: until a signal ends us or a process dies."""
        while True:
            self.check()
            time.sleep(0.5)


def _quiet(_: str) -> None:
    pass


@contextmanager
def local_stack(settings: Settings, *, fsync: bool = True, say: Say = _quiet) -> Iterator[Stack]:
    """Start what is missing, migrate, serve; stop all of it on the way out, whatever happened.

    Call it in the main thread: SIGTERM and SIGHUP then unwind the block as Ctrl-C does. `say`
    gets a line per phase. Raises FolderInUse, StartFailed.
    """
    settings = absolute(settings)
    local.prepare(settings.data_dir)
    with (
        ending_raises(),
        local.locked(settings.data_dir),
        runtime_folder() as sockets,
        Family() as family,
    ):
        family.remove_after(sockets)
        settings = _with_services(family, settings, sockets, say=say, fsync=fsync)
        settings = _with_port(settings, say)
        token = local.admin_token(settings)
        settings = settings.model_copy(update={"bootstrap_token": SecretStr(token)})
        _start_services(family, settings, say)
        url = address(settings)
        with local.announced(settings.data_dir, url):
            yield Stack(url, token, settings, family.children)


def address(settings: Settings) -> str:
    """Where a person on this machine reaches the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"


def environment(settings: Settings, base: Mapping[str, str]) -> dict[str, str]:
    """`base` with the settings as TESSERA_ variables, ready for a process of the service."""
    variables = {
        f"TESSERA_{name.upper()}": _written(getattr(settings, name))
        for name in type(settings).model_fields
        if getattr(settings, name) is not None
    }
    return {**base, **variables, "PYTHONUNBUFFERED": "1"}


def _written(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        separator = os.pathsep if all(isinstance(each, Path) for each in value) else ","
        return separator.join(map(str, value))
    return str(value)


def absolute(settings: Settings) -> Settings:
    """The processes run in another folder than ours, so paths must not depend on it."""
    changes: dict[str, object] = {
        "data_dir": settings.data_dir.expanduser().absolute(),
        "import_roots": tuple(root.expanduser().absolute() for root in settings.import_roots),
    }
    if settings.store_url and "://" not in settings.store_url:
        changes["store_url"] = str(Path(settings.store_url).expanduser().absolute())
    return settings.model_copy(update=changes)


@contextmanager
def runtime_folder() -> Iterator[Path]:
    """A folder for sockets, mode 0700, whose path leaves room for a name within 100 bytes."""
    base = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="tessera-", dir=base if len(base) < 60 else "/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _with_services(
    family: Family, settings: Settings, sockets: Path, *, say: Say, fsync: bool
) -> Settings:
    logs, urls = settings.data_dir / "logs", {}
    if settings.database_url is not None:
        postgres.check(settings.database_url)
    else:
        say("starting PostgreSQL")
        options = postgres.Options(logs / "postgres.log", fsync)
        data = settings.data_dir / "pgdata"
        urls["database_url"] = postgres.start(family, data, sockets, options)
    if settings.redis_url is not None:
        redis.check(settings.redis_url)
    else:
        say("starting Redis")
        urls["redis_url"] = redis.start(family, sockets, logs / "redis.log")
    return settings.model_copy(update=urls)


def _with_port(settings: Settings, say: Say) -> Settings:
    port = local.free_port(settings.host, settings.port)
    if settings.port not in (0, port):
        say(f"port {settings.port} is taken; using {port}")
    return settings.model_copy(update={"port": port})


def _start_services(family: Family, settings: Settings, say: Say) -> None:
    say("bringing the schema up to date")
    family.finish(program(settings, "migrations"), within_s=MIGRATE_WITHIN_S)
    say("starting server and workers")
    server = family.start(program(settings, "server"))
    workers = {name: family.start(program(settings, name)) for name in ("train", "light")}
    url = f"{address(settings)}/health/ready"
    processes.wait_until(server, lambda: ready(url), within_s=SERVE_WITHIN_S)
    for name, worker in workers.items():
        listens = partial(_listening, settings, name)
        processes.wait_until(worker, listens, within_s=WORK_WITHIN_S)


def program(settings: Settings, name: str) -> Program:
    """A part of the service: migrations, server, or the worker named train or light."""
    celery = ["celery", "-A", "worker.app", "worker", "--pool", "threads"]
    # the two have nothing to agree on; it would cost a second each
    celery += ["--without-mingle", "--without-gossip", "--queues"]
    modules = {
        "migrations": ["migrations"],
        "server": ["server", "--grace-s", "3"],
        "train": [*celery, "train", "--concurrency", "1", "-n", "train@%h"],
        "light": [*celery, "light", "--concurrency", "2", "-n", "light@%h"],
    }
    return Program(
        name=f"worker {name}" if name in ("train", "light") else name,
        command=[sys.executable, "-m", *modules[name]],
        log=settings.data_dir / "logs" / f"{name}.log",
        env=environment(settings, os.environ),
        folder=ROOT,
        tier=SERVICES,
    )


def ready(url: str) -> bool:
    """Whether the server that has this address can work."""
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _listening(settings: Settings, worker: str) -> bool:
    """Whether a worker of that name has bound its mailbox at the broker, the last thing it does."""
    assert settings.redis_url is not None
    try:
        with redis_client.Redis.from_url(settings.redis_url) as broker:
            mailboxes = broker.smembers("_kombu.binding.celery.pidbox")
    except redis_client.ConnectionError:
        return False
    return any(f"{worker}@".encode() in mailbox for mailbox in mailboxes)
