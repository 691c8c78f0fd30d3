"""A clock for tests, in the database, since all times of the rules are the database's.

Statements say `now()`. A database whose search path asks a schema of ours before PostgreSQL's own
answers with the time that stands in a table there, so the code under test runs as it is.
"""

from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import sql

from tests.services import database_name

START = datetime(2030, 1, 1, tzinfo=UTC)


class Clock:
    """The time of one database: it stands still until it is moved, in either direction.

    Connections made before keep the real time, so it is put up before anything else.
    """

    def __init__(self, database_url: str) -> None:
        self._connection = psycopg.connect(database_url, autocommit=True)
        self._connection.execute("CREATE SCHEMA clock")
        self._connection.execute("CREATE TABLE clock.hand (at timestamptz NOT NULL)")
        self._connection.execute("INSERT INTO clock.hand VALUES (%s)", [START])
        self._connection.execute(
            "CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE "
            "AS 'SELECT at FROM clock.hand'"
        )
        path = sql.SQL("ALTER DATABASE {} SET search_path = clock, public, pg_catalog")
        self._connection.execute(path.format(sql.Identifier(database_name(database_url))))

    def move(self, seconds: float) -> None:
        """Let so many seconds pass; fewer than none puts the clock back."""
        by = timedelta(seconds=seconds)
        self._connection.execute("UPDATE clock.hand SET at = at + %s", [by])

    def close(self) -> None:
        self._connection.close()
