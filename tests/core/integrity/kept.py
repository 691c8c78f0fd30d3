"""Rows put back as they were after a test has broken them behind the back of every rule."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from core.db import engine

TABLES = ("leases", "regions", "labels", "cycles", "jobs", "models", "metrics")


@contextmanager
def kept_rows() -> Iterator[None]:
    """Copies of the tables, taken before; triggers sleep while inside."""
    with engine().begin() as connection:
        for table in TABLES:
            connection.execute(text(f"CREATE TABLE kept_{table} AS TABLE {table}"))
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
    try:
        yield
    finally:
        with engine().begin() as connection:
            for table in TABLES:
                connection.execute(text(f"DELETE FROM {table}"))
                connection.execute(
                    text(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE kept_{table}")
                )
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER ALL"))
                connection.execute(text(f"DROP TABLE kept_{table}"))
