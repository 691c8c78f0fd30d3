"""Cursor pages by keyset over an integer column: page 1000 costs what page 1 does."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import CursorInvalid

# Beyond this no column goes, and the database would refuse the comparison.
LARGEST = 2**63 - 1


class Page(NamedTuple):
    """Items, and the cursor of the page after them if there is one."""

    items: Sequence[Any]
    next_cursor: str | None


MOST_LINES = 10**9


def encode(position: int) -> str:
    """An opaque cursor behind `position`."""
    return base64.urlsafe_b64encode(f"after:{position}".encode()).decode().rstrip("=")


def decode(cursor: str) -> int:
    """The position that a cursor stands for. Raises CursorInvalid."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        kind, _, position = base64.urlsafe_b64decode(padded).decode().partition(":")
        if kind != "after" or not -LARGEST <= int(position) <= LARGEST:
            raise ValueError(kind)
        return int(position)
    except (ValueError, binascii.Error):
        raise CursorInvalid(
            f"The cursor {cursor!r} is not one of ours; use `next_cursor` as it was given."
        ) from None


def page(
    db: Session,
    query: Select[Any],
    key: InstrumentedAttribute[int],
    *,
    limit: int,
    cursor: str | None,
    newest_first: bool = False,
) -> Page:
    """One page of the entities that `query` selects, ordered by `key`."""
    if cursor is not None:
        after = decode(cursor)
        query = query.where(key < after if newest_first else key > after)
    ordered = query.order_by(key.desc() if newest_first else key)
    found = db.scalars(ordered.limit(limit + 1)).all()
    items = found[:limit]
    more = len(found) > limit
    return Page(items, encode(getattr(items[-1], key.key)) if more else None)


def slice_of(lines: Sequence[Any], *, limit: int, cursor: str | None) -> Page:
    """One page of a list that never changes; the cursor stands for an index."""
    return slice_read(lambda first, count: lines[first : first + count], limit=limit, cursor=cursor)


def slice_read(
    read: Callable[[int, int], Sequence[Any]], *, limit: int, cursor: str | None
) -> Page:
    """The same, of what is read a page at a time: `read(first, count)` gives so many lines."""
    start = 0 if cursor is None else min(max(0, decode(cursor)), MOST_LINES)
    found = read(start, limit + 1)
    return Page(found[:limit], encode(start + limit) if len(found) > limit else None)
