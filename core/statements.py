"""Statements that annotators' work sends all day, handed to psycopg itself.

SQLAlchemy takes several times as long to send a statement and to shape its rows as PostgreSQL
takes to answer it. What is asked once per click therefore goes past it, on the same connection and
in the same transaction; everything else keeps to SQLAlchemy.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.types.numeric import Int8
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.db import engine
from core.prepared import Prepared, in_transaction

PLACE = re.compile(r"(?<!:):([a-z_]+)")


class Statement:
    """SQL with `:name` for its values; prepared by each connection when it is first sent."""

    def __init__(self, sql: str) -> None:
        self.names = list(dict.fromkeys(PLACE.findall(sql)))
        numbered = PLACE.sub(lambda place: f"${self.names.index(place[1]) + 1}", sql)
        self._prepared = Prepared(numbered, len(self.names))

    def rows(self, db: Session, **values: Any) -> list[Any]:
        """Its rows as named tuples, in the session's transaction; none if it only changes some."""
        db.flush()
        connection = db.connection()
        try:
            return self._sent(connection.connection, values)
        except psycopg.Error as error:
            if _broken(connection.connection.driver_connection):
                connection.invalidate(error)
            raise _told(self._prepared.sql, error) from error

    def row(self, db: Session, **values: Any) -> Any:
        """Its only row, or None without one."""
        found = self.rows(db, **values)
        return found[0] if found else None

    def row_alone(self, **values: Any) -> Any:
        """Its only row, or None, outside of any transaction: the shortest way there and back."""
        try:
            with _borrowed() as taken:
                found = self._sent(taken, values, alone=True)
        except psycopg.Error as error:  # SQLAlchemy tells those of borrowing as they are, too
            raise _told(self._prepared.sql, error) from error
        return found[0] if found else None

    def _sent(
        self, taken: PoolProxiedConnection, values: dict[str, Any], *, alone: bool = False
    ) -> list[Any]:
        given = [_typed(values[name]) for name in self.names]
        return self._prepared.rows(taken, given, alone=alone)


@contextmanager
def _borrowed() -> Iterator[PoolProxiedConnection]:
    """A connection of the pool, on which no transaction is left open."""
    taken = engine().raw_connection()
    driver: Any = taken.driver_connection
    try:
        yield taken
        if in_transaction(driver):
            driver.commit()
    except psycopg.Error as error:
        if _broken(driver):
            taken.invalidate(error)
        raise
    finally:
        taken.close()


def _typed(value: Any) -> Any:
    # psycopg sends small numbers as smallint, and each type is a statement of its own to prepare.
    return Int8(value) if type(value) is int else value


def _broken(driver: Any) -> bool:
    return bool(driver.closed or driver.broken)


def _told(sql: str, error: psycopg.Error) -> Exception:
    """The error as SQLAlchemy tells it, which is what callers and handlers know."""
    return DBAPIError.instance(sql, None, error, psycopg.Error, dialect=engine().dialect)
