"""Kinds of columns that several tables share."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import MappedColumn, mapped_column


def belongs_to(table: str, *, index: bool = False, **options: Any) -> MappedColumn[Any]:
    """A reference to `table`, which may not be deleted under it."""
    return mapped_column(ForeignKey(f"{table}.id", ondelete="RESTRICT"), index=index, **options)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """The column holds one of `values`."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
