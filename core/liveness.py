"""Whether a connection of the pool still leads to the database, mostly without asking it.

A database that ends a connection says so or closes it: either can be read from the socket. One
that was in use a moment ago and has nothing to read is taken as it is; any other is asked first.
"""

import select
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

RECENT_S = 5.0
RETURNED = "returned"


def watch(engine: Engine) -> None:
    """Look at each connection that the engine's pool hands out again."""

    def returned(driver: Any, record: Any) -> None:  # noqa: ARG001
        record.info[RETURNED] = time.monotonic()

    def taken(driver: Any, record: Any, holder: Any) -> None:  # noqa: ARG001
        at = record.info.get(RETURNED)  # a new connection has never been returned
        if at is not None and not (time.monotonic() - at < RECENT_S and _quiet(driver)):
            _ask(engine, driver)

    event.listen(engine, "checkin", returned)
    event.listen(engine, "checkout", taken)


def _quiet(driver: Any) -> bool:
    """Whether the connection is open, and nothing has come that nobody asked for."""
    if driver.closed or driver.broken:
        return False
    socket = select.poll()
    socket.register(driver.fileno(), select.POLLIN)
    return not socket.poll(0)


def _ask(engine: Engine, driver: Any) -> None:
    """Raises InvalidatePoolError, which has the pool connect anew."""
    try:
        engine.dialect.do_ping(driver)
    except engine.dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error
