"""How commands answer: a table for people, JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

PIPE_WIDTH = 160
"""Columns when the output is not a terminal: rows of a table stay on one line."""


def console(*, err: bool = False) -> Console:
    """Made anew for each command, because tests and pipes replace stdout and stderr."""
    out = Console(stderr=err)
    return out if out.is_terminal else Console(stderr=err, width=PIPE_WIDTH)


def show_json(things: BaseModel | Iterable[BaseModel]) -> None:
    data: Any = (
        things.model_dump(mode="json", by_alias=True)
        if isinstance(things, BaseModel)
        else [thing.model_dump(mode="json", by_alias=True) for thing in things]
    )
    show_data(data)


def show_data(data: Any) -> None:
    """Never wrapped or coloured."""
    console().out(json.dumps(data, indent=2, ensure_ascii=False), highlight=False)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(table)


def show_list(things: Iterable[BaseModel], columns: Sequence[str], as_json: bool) -> None:
    """Models as JSON, or as a table of the named fields."""
    if as_json:
        return show_json(things)
    show_table(columns, ([_cell(getattr(each, name)) for name in columns] for each in things))


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value:%F %T}"
    return f"{value:.4g}" if isinstance(value, float) else value


def say(text: str) -> None:
    console().print(text, markup=False, highlight=False, soft_wrap=True)
