"""A prepared statement on a connection of the pool, there and back.

A cursor of psycopg prepares it and takes it there the first time. After that its values go to libpq
and the rows come back without one, which costs a fraction: a cursor does much in Python that
statements sent all day have no use for.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import RawCursor
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from sqlalchemy import PoolProxiedConnection

# Among what is known of a connection: what turns values into text and back, for types met so far.
ADAPTING = "adapting"
DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Prepared:
    """SQL with `$1` and so on for its `count` values."""

    def __init__(self, sql: str, count: int) -> None:
        self.sql = sql
        self._key = sql.encode()
        self._formats = [PyFormat.TEXT] * count
        self._row: Callable[[Sequence[Any]], Any] | None = None

    def rows(
        self, taken: PoolProxiedConnection, values: Sequence[Any], *, alone: bool = False
    ) -> list[Any]:
        """Its rows as named tuples; none if it only changes some.

        In a transaction, which it begins where there is none. One that is `alone` may be its own:
        then there is none afterwards, unless psycopg had to prepare it. Raises psycopg.Error.
        """
        driver: Any = taken.driver_connection
        sent = _adapting(taken)
        texts = sent.dump_sequence(values, self._formats)
        # Psycopg's own list, since it is psycopg that forgets what is prepared, after a rollback.
        name = driver._prepared._names.get((self._key, sent.types))
        if name is None or self._row is None or driver.pgconn.status != ConnStatus.OK:
            return self._by_cursor(driver, values)
        if not (alone or driver.autocommit or in_transaction(driver)):
            _check(driver, driver.pgconn.exec_(b"BEGIN"))
        result = driver.pgconn.exec_prepared(name, texts)
        _check(driver, result)
        sent.set_pgresult(result)
        found: list[Any] = sent.load_rows(0, result.ntuples, self._row)
        return found

    def _by_cursor(self, driver: Any, values: Sequence[Any]) -> list[Any]:
        with RawCursor(driver) as cursor:
            cursor.execute(self.sql, values, prepare=True)
            # Psycopg would describe the columns anew for every answer.
            self._row = self._row or _named(cursor)
            return list(map(self._row, cursor.fetchall())) if cursor.description else []


def _adapting(taken: PoolProxiedConnection) -> Any:
    if ADAPTING not in taken.info:
        taken.info[ADAPTING] = Transformer(taken.driver_connection)
    return taken.info[ADAPTING]


def in_transaction(driver: Any) -> bool:
    """Whether a transaction has begun on the connection, and not ended."""
    return bool(driver.pgconn.transaction_status != TransactionStatus.IDLE)


def _check(driver: Any, result: Any) -> None:
    if result.status in DONE:
        return
    if driver.pgconn.status != ConnStatus.OK:
        raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
    raise psycopg.errors.error_from_result(result, driver.info.encoding)


def _named(cursor: RawCursor[Any]) -> Callable[[Sequence[Any]], Any]:
    """From the values of a row to a named tuple; columns without a name of their own go without."""
    names = [column.name for column in cursor.description or ()]
    kind: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    make: Callable[[Sequence[Any]], Any] = kind._make
    return make
