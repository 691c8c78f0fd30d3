"""Whether the database has the tables that this program knows."""

from sqlalchemy import inspect

from core.db import engine
from core.errors import Conflict
from core.models import Base


def require() -> None:
    """Raise Conflict unless every table with every column is there."""
    found = inspect(engine())
    known = set(found.get_table_names())
    missing = [
        f"{name}.{column.name}"
        for name, table in Base.metadata.tables.items()
        for column in table.columns
        if name not in known
        or column.name not in {each["name"] for each in found.get_columns(name)}
    ]
    if missing:
        raise Conflict(
            f"The database is of another version: it lacks {missing[0]} and {len(missing) - 1} "
            "more columns. Bring it up to date first: start Tessera, or `python -m migrations`."
        )
