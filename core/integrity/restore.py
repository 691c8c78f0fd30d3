"""The way back: an archive into an empty database and store, all of it or nothing.

Files go first, then all rows in one transaction, as with everything that is written here. A restore
that was killed has left files that no row refers to, and a mark by which its repetition knows
them for its own.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import sql
from sqlalchemy import Connection, inspect, text

from core.db import engine
from core.errors import Conflict, Invalid
from core.integrity import archive
from core.integrity.archive import PIECE, Header, Member, members
from core.integrity.events import Progress
from core.store import Store

MARK = "restoring"
IN_MEMORY = 64 << 20
VERSION = "alembic_version"


@dataclass
class Restored:
    """What has come back."""

    tables: int = 0
    files: int = 0


def require_empty(store: Store, path: Path) -> None:
    """Raise Conflict when rows or files are there that this archive did not bring."""
    with engine().connect() as connection:
        if full := _tables_with_rows(connection):
            raise Conflict(
                f"The database holds data already ({', '.join(full[:3])}). A backup is restored "
                "into an empty one only: choose a new TESSERA_DATA_DIR or TESSERA_DATABASE_URL."
            )
    ours = store.exists(MARK) and store.read(MARK) == _mark(path)
    if not ours and next(store.entries(), None) is not None:
        raise Conflict(
            "The file store holds files already. A backup is restored into an empty one only: "
            "choose a new TESSERA_DATA_DIR or TESSERA_STORE_URL."
        )


def _tables_with_rows(connection: Connection) -> list[str]:
    names = sorted(set(inspect(connection).get_table_names()) - {VERSION})
    return [
        name for name in names if connection.scalar(text(f'SELECT EXISTS (SELECT FROM "{name}")'))
    ]


def _mark(path: Path) -> bytes:
    """The archive's sums, which stand for all of it, as one number."""
    digest = hashlib.sha256()
    for member in members(path):
        if member.name == archive.SUMS:
            while piece := member.data.read(PIECE):
                digest.update(piece)
    return digest.hexdigest().encode()


def load(store: Store, path: Path) -> Restored:
    """Put the archive's files into the store, then its rows into the database.

    The database has to be at the archive's schema. Raises Conflict, Invalid.
    """
    header = archive.check(path)
    require_empty(store, path)
    store.put_bytes_as(MARK, _mark(path))
    done = Restored()
    for member in _with_progress(path):
        _put(store, member)
        done.files += 1
    with engine().begin() as connection:
        _require_revision(connection, header)
        _lock(connection, header)
        done.tables = _load_tables(connection, path, header)
        _settle(connection)
    store.delete(MARK)
    return done


def _with_progress(path: Path) -> Iterator[Member]:
    total = sum(member.name.startswith(archive.FILES) for member in members(path))
    progress = Progress("files", total)
    for member in members(path):
        if member.name.startswith(archive.FILES):
            yield member
            progress.step()


def _put(store: Store, member: Member) -> None:
    if member.size <= IN_MEMORY:
        key = store.put(member.data.read())
    else:
        with tempfile.NamedTemporaryFile() as spool:
            while piece := member.data.read(PIECE):
                spool.write(piece)
            spool.flush()
            key = store.put_file(Path(spool.name))
    if archive.FILES + key != member.name:
        raise Invalid(f"The archive has changed while it was read: {member.name}.")


def _require_revision(connection: Connection, header: Header) -> None:
    found = connection.scalar(text(f"SELECT version_num FROM {VERSION}"))
    if found != header.revision:
        raise Conflict(f"The database is at schema {found}; the backup is of {header.revision}.")


def _lock(connection: Connection, header: Header) -> None:
    """Nobody else begins to work here until all is in; whoever came first is noticed."""
    for name in header.tables:
        connection.execute(text(f'LOCK TABLE "{name}" IN ACCESS EXCLUSIVE MODE'))
    if full := _tables_with_rows(connection):
        raise Conflict(f"The database has been written to meanwhile ({full[0]}).")


def _load_tables(connection: Connection, path: Path, header: Header) -> int:
    # What happened then was told then: no trigger answers to rows that come back.
    for name in header.tables:
        connection.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
    loaded = _load_rows(connection, path, header)
    for name in header.tables:
        connection.execute(text(f'ALTER TABLE "{name}" ENABLE TRIGGER USER'))
    return loaded


def _load_rows(connection: Connection, path: Path, header: Header) -> int:
    progress = Progress("tables", len(header.tables))
    for member in members(path):
        if table := archive.TABLE.fullmatch(member.name):
            _load_table(connection, table[1], header.tables[table[1]], member)
            progress.step()
    return len(header.tables)


def _load_table(connection: Connection, name: str, columns: list[str], member: Member) -> None:
    driver: Any = connection.connection.driver_connection
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as rows:
        while piece := member.data.read(PIECE):
            rows.write(piece)
    if "id" in columns:
        _go_on_counting(connection, name)


def _go_on_counting(connection: Connection, name: str) -> None:
    """The next number of a table follows its highest."""
    sequence = connection.scalar(
        text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": f'"{name}"'}
    )
    highest = connection.scalar(text(f'SELECT max(id) FROM "{name}"')) if sequence else None
    if highest is not None:
        connection.execute(
            text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest}
        )


def _settle(connection: Connection) -> None:
    """The workers of that time are not of this place: what they were doing waits for others."""
    connection.execute(
        text(
            "UPDATE jobs SET state = 'pending', worker = NULL, lease_until = NULL, "
            "attempt = greatest(attempt - 1, 0), last_rung_at = NULL WHERE state = 'running'"
        )
    )
