"""Which files the rows refer to: a table of a session's own, walked without a long transaction.

It is filled by one statement, so it is as consistent as the rows are. Files under their hash
never change, so what was referred to at that moment can be looked at in peace afterwards.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, text

from core.errors import NotFound, TesseraError
from core.store import Store, stream_key

PAGE = 1000


def _column(table: str, column: str) -> str:
    return (
        f"SELECT {column}, '{table}.{column}', {table}.id FROM {table} WHERE {column} IS NOT NULL"
    )


COLUMNS = (
    ("images", "key"),
    ("images", "mask_key"),
    ("labels", "mask_key"),
    ("labels", "origin_key"),
    ("regions", "suggestion_key"),
    ("regions", "confidence_key"),
    ("models", "weights_key"),
    ("models", "card_key"),
    ("upload_parts", "key"),
)
DIGESTS = (("cycles", "manifest_digest"), ("models", "manifest_digest"))

# Whatever a job was asked for or has left may name files: score maps, reports, archives.
IN_JOBS = """
    SELECT named #>> '{}', 'jobs.result', jobs.id
    FROM jobs, jsonb_path_query(
        jsonb_build_array(result, request),
        'strict $.** ? (@.type() == "string" && @ like_regex "^sha256/[0-9a-f]{2}/[0-9a-f]{62}$")'
    ) AS named
"""
CHECKPOINTS = """
    SELECT (checkpoint ->> 'key') || '/' || file, 'jobs.checkpoint', jobs.id
    FROM jobs, jsonb_array_elements_text(checkpoint -> 'files') AS file
    WHERE checkpoint ->> 'key' IS NOT NULL
"""


def _digest(table: str, column: str) -> str:
    key = f"'sha256/' || left({column}, 2) || '/' || substr({column}, 3)"
    return f"SELECT {key}, '{table}.{column}', {table}.id FROM {table}"


ALL = " UNION ALL ".join(
    [
        *(_column(*each) for each in COLUMNS),
        *(_digest(*each) for each in DIGESTS),
        IN_JOBS,
        CHECKPOINTS,
    ]
)


class Reference(NamedTuple):
    """A row (`kind` is its table and column) that refers to a file."""

    key: str
    kind: str
    row_id: int


@contextmanager
def collected(connection: Connection) -> Iterator[None]:
    """While inside, this session has the references of this moment; then they are dropped.

    Begins in the caller's transaction, if there is one, and so sees what that sees.
    """
    connection.execute(text("CREATE TEMP TABLE referred (key text, kind text, row_id bigint)"))
    connection.execute(text(f"INSERT INTO referred {ALL}"))
    connection.execute(
        text('CREATE INDEX referred_key ON referred (key COLLATE "C", kind COLLATE "C", row_id)')
    )
    connection.execute(text("ANALYZE referred"))
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("DROP TABLE IF EXISTS referred"))
        connection.commit()


def count(connection: Connection) -> int:
    """How many references were collected."""
    return int(connection.scalar(text("SELECT count(*) FROM referred")) or 0)


_NEXT = text("""
    SELECT key, kind, row_id FROM referred
    WHERE (key COLLATE "C", kind COLLATE "C", row_id) > (:key, :kind, :row_id)
    ORDER BY key COLLATE "C", kind COLLATE "C", row_id LIMIT :page
""")


def walk(connection: Connection) -> Iterator[Reference]:
    """The references by key; a page at a time, with no transaction open in between."""
    last = Reference("", "", 0)
    while True:
        asked = {**last._asdict(), "page": PAGE}
        page = [Reference(*row) for row in connection.execute(_NEXT, asked)]
        connection.commit()
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]


def problem(store: Store, key: str) -> str | None:
    """What is wrong with a file: missing, unreadable, or not the bytes that its name promises."""
    try:
        with store.open(key) as file:
            found = stream_key(file)
    except TesseraError as error:
        return "missing" if error.status == NotFound.status else error.detail
    except OSError as error:
        return f"unreadable: {error}"
    named = key.startswith("sha256/")
    return f"the bytes of {found}" if named and found != key else None


def referred(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys that something refers to."""
    statement = text('SELECT DISTINCT key FROM referred WHERE key COLLATE "C" = ANY(:keys)')
    found = set(connection.scalars(statement, {"keys": list(keys)}))
    connection.commit()
    return found
