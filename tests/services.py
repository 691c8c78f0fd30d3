"""Real PostgreSQL and Redis for the tests, embedded, with cheap databases of their own.

A migrated template is made once; each database is a copy of it, in tens of milliseconds.
`TESSERA_TEST_DATABASE_URL` (a server on which databases may be created) and
`TESSERA_TEST_REDIS_URL` take the place of the embedded ones; `TESSERA_TEST_TEMPLATE` names a
migrated database of that server.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

import migrations
from tessera import postgres, redis

_numbers = count(1)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL for this test run. Not durable: fsync is off."""
    given = os.environ.get("TESSERA_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with (
        private_folder() as folder,
        postgres.running(folder / "pgdata", folder, folder / "postgres.log", fsync=False) as url,
    ):
        yield url


@contextmanager
def redis_server() -> Iterator[str]:
    """The URL of a Redis for this test run."""
    given = os.environ.get("TESSERA_TEST_REDIS_URL")
    if given:
        yield given
        return
    with private_folder() as folder, redis.running(folder, folder / "redis.log") as url:
        yield url


@contextmanager
def template_database(server_url: str) -> Iterator[str]:
    """The name of a database at the newest schema, to be copied."""
    given = os.environ.get("TESSERA_TEST_TEMPLATE")
    if given:
        yield given
        return
    with empty_database(server_url) as url:
        migrations.upgrade(url)
        yield database_name(url)


@contextmanager
def empty_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """The URL of a fresh copy of `template`, dropped afterwards whoever is still connected."""
    name = f"{_prefix(os.getpid())}{next(_numbers)}"
    _execute(
        server_url,
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        ),
    )
    try:
        yield with_database(server_url, name)
    finally:
        _execute(server_url, _drop(name))


def drop_databases_of(server_url: str, pid: int) -> None:
    """Drop what a process could not that was ended, whoever is still connected."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        left = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_prefix(pid)]
        )
        for (name,) in left.fetchall():
            connection.execute(_drop(name))


def _prefix(pid: int) -> str:
    """Keeps the databases of two runs on one server apart."""
    return f"tessera_test_{pid}_"


def _drop(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def database_name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder with a path short enough for sockets, closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="tessera-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _execute(server_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)
