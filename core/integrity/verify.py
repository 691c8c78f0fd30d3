"""Everything that has to hold between rows, and between rows and files, checked beside the
running service: the rows in one consistent view, the files after it without a long transaction.
"""

from collections.abc import Iterator

from core.db import engine
from core.integrity import blobs, loop, references, rows
from core.integrity.finding import Finding
from core.store import Store


def findings(store: Store) -> Iterator[Finding]:
    """What is wrong; nothing when all is well. Memory does not grow with the project."""
    with engine().connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ")
        with references.collected(connection):
            yield from rows.broken(connection, (*rows.ROWS, *loop.CHECKS))
            yield from loop.wrong_figures(connection)
            connection.commit()
            yield from blobs.damaged(connection, store)
            yield from blobs.miscounted(connection, store)
            yield from blobs.wrong_manifests(connection, store)
