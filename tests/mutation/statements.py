"""Mutants of SQL that modules keep as statements: mutmut changes Python inside of functions, and
the rules of the queue are SQL outside of them."""

import importlib
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import TextClause

from core.statements import Statement

# A condition more or less, another border, another order, no lock. Each match is a mutant.
CHANGES = (
    (r"\bAND\b", "OR"),
    (r"\bOR\b", "AND"),
    (r"\bNOT EXISTS\b", "EXISTS"),
    (r"(?<!NOT )\bEXISTS\b", "NOT EXISTS"),
    (r"\bIS NULL\b", "IS NOT NULL"),
    (r"\bIS NOT NULL\b", "IS NULL"),
    (r" < ", " > "),
    (r" >= ", " < "),
    (r" <> ", " = "),
    (r" \+ 1\b", " + 2"),
    (r" - 1\b", " - 2"),
    (r"\bnow\(\) \+ ", "now() - "),
    (r"\bDESC\b", "ASC"),
    (r"ORDER BY [^,)\n]+,", "ORDER BY"),
    (r"ORDER BY [^)\n]+?(?=\)|\n|$| LIMIT| FOR)", ""),
    (r"LIMIT ", "LIMIT 1 + "),
    (r"FOR (NO KEY )?UPDATE( OF \w+)?( SKIP LOCKED)?", ""),
    (r" SKIP LOCKED", ""),
    (r"\bmax\(", "min("),
    (r"\bmin\(", "max("),
    (r"\bcount\(\w+\)", "count(*)"),
    (r"\bUNION ALL\b", "EXCEPT"),
    (r"= '[a-z_]+'", "= 'another'"),
)


def names(module: str) -> list[str]:
    """All mutants of a module's statements, as module:STATEMENT:number."""
    return [
        f"{module}:{name}:{number}"
        for name, value in vars(importlib.import_module(module)).items()
        if isinstance(value, Statement | TextClause)
        for number, _ in enumerate(_mutants(_sql(value)))
    ]


def switch_on(mutant: str) -> None:
    """Let this process send the mutant instead of its statement, whoever has imported that."""
    module, name, number = mutant.split(":")
    statement = getattr(importlib.import_module(module), name)
    sql = list(_mutants(_sql(statement)))[int(number)]
    changed = vars(type(statement)(sql))
    vars(statement).clear()
    vars(statement).update(changed)


def shown(mutant: str) -> str:
    """What the mutant changes, with some of what is around it."""
    module, name, number = mutant.split(":")
    before = _sql(getattr(importlib.import_module(module), name))
    after = list(_mutants(before))[int(number)]
    start = 0
    while before[: start + 1] == after[: start + 1]:
        start += 1
    return " ".join(f"{before[:start][-50:]} >>> {after[start:]}"[:110].split())


def _sql(statement: Any) -> str:
    """What the statement was made of."""
    if isinstance(statement, TextClause):
        return statement.text
    numbered: str = statement._prepared.sql
    return re.sub(r"\$(\d+)", lambda place: f":{statement.names[int(place[1]) - 1]}", numbered)


def _mutants(sql: str) -> Iterator[str]:
    for pattern, instead in CHANGES:
        for match in re.finditer(pattern, sql):
            yield sql[: match.start()] + instead + sql[match.end() :]
