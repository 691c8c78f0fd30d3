"""Statements that annotators' work sends all day, handed to psycopg itself.

SQLAlchemy takes several times as long to send a statement and to shape its rows as PostgreSQL
takes to answer it. What is asked once per click therefore goes past it, on the same connection and
in the same transaction; everything else keeps to SQLAlchemy.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import RawCursor
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.db import engine

PLACE = re.compile(r"(?<!:):([a-z_]+)")


class Statement:
    """SQL with `:name` for its values; prepared by each connection when it is first sent."""

    def __init__(self, sql: str) -> None:
        self.names = list(dict.fromkeys(PLACE.findall(sql)))
        self._row: Callable[[Iterable[Any]], Any] | None = None
        self._sql = PLACE.sub(lambda place: f"${self.names.index(place[1]) + 1}", sql)

    def rows(self, db: Session, **values: Any) -> list[Any]:
        """Its rows as named tuples, in the session's transaction; none if it only changes some."""
        db.flush()
        connection = db.connection()
        try:
            return self._sent(connection.connection.driver_connection, values)
        except psycopg.Error as error:
            if _broken(connection.connection.driver_connection):
                connection.invalidate(error)
            raise _told(self._sql, error) from error

    def row(self, db: Session, **values: Any) -> Any:
        """Its only row, or None without one."""
        found = self.rows(db, **values)
        return found[0] if found else None

    def row_alone(self, **values: Any) -> Any:
        """Its only row, or None, outside of any transaction: the shortest way there and back."""
        try:
            with _autocommitting() as driver:
                found = self._sent(driver, values)
        except psycopg.Error as error:  # SQLAlchemy tells those of borrowing as they are, too
            raise _told(self._sql, error) from error
        return found[0] if found else None

    def _sent(self, driver: Any, values: dict[str, Any]) -> list[Any]:
        given = [_typed(values[name]) for name in self.names]
        with RawCursor(driver) as cursor:
            cursor.execute(self._sql, given, prepare=True)
            if not (cursor.pgresult and cursor.pgresult.nfields):
                return []
            # psycopg would describe the columns anew for every answer.
            self._row = self._row or _named(cursor)
            return list(map(self._row, cursor.fetchall()))


@contextmanager
def _autocommitting() -> Iterator[Any]:
    """A connection of the pool on which each statement is a transaction."""
    borrowed = engine().raw_connection()
    driver: Any = borrowed.driver_connection
    try:
        driver.autocommit = True
        yield driver
    finally:
        # In a transaction that is not ours it cannot be what others expect of the pool.
        if _broken(driver) or driver.info.transaction_status != TransactionStatus.IDLE:
            borrowed.invalidate()
        else:
            driver.autocommit = False
            borrowed.close()


def _named(cursor: RawCursor[Any]) -> Callable[[Iterable[Any]], Any]:
    """From the values of a row to a named tuple; columns without a name of their own go without."""
    names = [column.name for column in cursor.description or ()]
    kind: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    make: Callable[[Iterable[Any]], Any] = kind._make
    return make


def _typed(value: Any) -> Any:
    # psycopg sends small numbers as smallint, and each type is a statement of its own to prepare.
    return Int8(value) if type(value) is int else value


def _broken(driver: Any) -> bool:
    return bool(driver.closed or driver.broken)


def _told(sql: str, error: psycopg.Error) -> Exception:
    """The error as SQLAlchemy tells it, which is what callers and handlers know."""
    return DBAPIError.instance(sql, None, error, psycopg.Error, dialect=engine().dialect)
