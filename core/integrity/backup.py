"""A backup: all rows as one moment had them, and every file that they refer to, in one archive.

The rows are copied in one consistent view, beside whoever works. Files are written before their
rows and never change, so they can be added afterwards. Checkpoints are left out: they are replaced
while a job runs, and a restored training begins anew.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from psycopg import sql
from sqlalchemy import Connection, Table, text

from core.db import engine
from core.errors import Conflict, TesseraError
from core.integrity import archive, references
from core.integrity.archive import Header, Writer
from core.integrity.events import Progress
from core.models import Base
from core.store import Store

LEFT_OUT = {("jobs", "checkpoint")}


@dataclass
class Written:
    """What the archive holds, and the keys of damaged files that were left out."""

    tables: int = 0
    files: int = 0
    bytes: int = 0
    left_out: int = 0


def write(store: Store, target: Path, *, incomplete: bool = False) -> Written:
    """Write a new archive at `target`, whole or not at all.

    `incomplete` leaves files out that are missing or damaged. Raises Conflict when the target is
    there or a file is damaged.
    """
    with (
        _aside(target) as file,
        tempfile.TemporaryFile() as sums,
        engine().connect() as plain,
    ):
        connection = plain.execution_options(isolation_level="REPEATABLE READ")
        writer, written = Writer(file, sums), Written()
        with references.collected(connection):
            _add_tables(connection, writer, written)
            connection.commit()
            _add_files(connection, store, writer, incomplete=incomplete, written=written)
        writer.close()
        written.bytes = file.tell()
    return written


@contextmanager
def _aside(target: Path) -> Iterator[IO[bytes]]:
    """A file beside the target that takes its name at the end, unless something has it."""
    if target.exists():
        raise Conflict(f"{target} is there already; choose another name, or remove it.")
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, target)
        except FileExistsError:
            raise Conflict(
                f"{target} has come into being meanwhile; it was left as it is."
            ) from None
    finally:
        with suppress(OSError):
            os.unlink(name)
    folder = os.open(target.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _add_tables(connection: Connection, writer: Writer, written: Written) -> None:
    tables = Base.metadata.sorted_tables
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    columns = {table.name: [column.name for column in table.columns] for table in tables}
    writer.add_header(Header(str(revision), columns))
    progress = Progress("tables", len(tables))
    for table in tables:
        with tempfile.TemporaryFile() as spool:
            _copy(connection, table, spool)
            size = spool.tell()
            spool.seek(0)
            writer.add(f"tables/{table.name}.copy", spool, size)
        written.tables += 1
        progress.step()


def _copy(connection: Connection, table: Table, spool: IO[bytes]) -> None:
    """The rows in the order of their primary key, so that equal data gives equal bytes."""
    names = [
        sql.SQL("NULL") if (table.name, column.name) in LEFT_OUT else sql.Identifier(column.name)
        for column in table.columns
    ]
    key = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.primary_key)
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(names), sql.Identifier(table.name), key
    )
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as rows:
        for piece in rows:
            spool.write(piece)


def _add_files(
    connection: Connection, store: Store, writer: Writer, *, incomplete: bool, written: Written
) -> None:
    progress = Progress("files", references.count(connection))
    for key, rows in groupby(references.walk(connection), key=lambda row: row.key):
        progress.step(sum(1 for _ in rows))
        if not key.startswith("sha256/"):
            continue
        if incomplete and references.problem(store, key):
            written.left_out += 1
            continue
        _add_file(store, writer, key)
        written.files += 1


def _add_file(store: Store, writer: Writer, key: str) -> None:
    advice = "see `tessera verify`, mend it, or leave such files out with --incomplete."
    try:
        with store.open(key) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            digest = writer.add(archive.FILES + key, file, size)
    except TesseraError as error:
        raise Conflict(f"The file {key} can't be read ({error.detail}); {advice}") from None
    if f"sha256{digest}" != key.replace("/", ""):
        raise Conflict(f"The file {key} is damaged; {advice}")
