"""`tessera doctor`: what this machine has and lacks, as a table or JSON."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.settings import settings
from tessera.doctor import FAIL, Check, examine

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Check that Tessera can run here; exit code 1 when something must be mended first."""
    checks = list(examine(settings()))
    if as_json:
        sys.stdout.write(json.dumps([asdict(check) for check in checks], indent=1) + "\n")
    else:
        Console().print(_table(checks))
    if any(check.level == FAIL for check in checks):
        raise typer.Exit(1)


def _table(checks: list[Check]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("check", "", "found", "what to do"):
        table.add_column(heading, overflow="fold")
    for check in checks:
        mark = Text(check.level, style=STYLES[check.level])
        table.add_row(check.name, mark, Text(check.found), Text(check.advice))
    return table
