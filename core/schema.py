"""Whether the database has the tables that this version means."""

from typing import NamedTuple

from sqlalchemy import text

from core.db import ABSENT, engine
from core.errors import Unavailable
from core.models import Base

COLUMNS = text("""
SELECT tables.relname, columns.attname
FROM pg_attribute AS columns JOIN pg_class AS tables ON tables.oid = columns.attrelid
WHERE tables.relnamespace = current_schema()::regnamespace AND tables.relkind IN ('r', 'p')
  AND columns.attnum > 0 AND NOT columns.attisdropped
""")
SHOWN = 3

Column = tuple[str, str]


class Difference(NamedTuple):
    """Columns that the database lacks, and those of our tables that we do not know."""

    lacking: list[Column]
    unknown: list[Column]

    def told(self) -> str | None:
        """What is wrong and what to do; None where nothing is."""
        if self.lacking:
            return (
                f"the database has not all tables of this version (it lacks {_some(self.lacking)});"
                " run `python -m migrations`, which `tessera up` does by itself."
            )
        if self.unknown:
            return (
                f"the database is of a newer version (it has {_some(self.unknown)}); update this "
                "one, or restore a backup of the older."
            )
        return None


def difference() -> Difference:
    """Between the database and the code. Raises what the database raises."""
    with engine().connect() as connection:
        found = {(row[0], row[1]) for row in connection.execute(COLUMNS)}
    tables = Base.metadata.tables
    meant = {(table.name, column.name) for table in tables.values() for column in table.columns}
    ours = {each for each in found if each[0] in tables}
    return Difference(sorted(meant - found), sorted(ours - meant))


def problem() -> str | None:
    """Why nothing may work on this database, and what to do. One that does not answer now may be
    well, so that is none."""
    try:
        found = difference()
        # Servers that load the application once and fork it would share the pool's connection.
        engine().dispose()
    except (*ABSENT, Unavailable):
        return None
    return found.told()


def _some(columns: list[Column]) -> str:
    shown = ", ".join(".".join(each) for each in columns[:SHOWN])
    return f"{shown}, …" if len(columns) > SHOWN else shown
