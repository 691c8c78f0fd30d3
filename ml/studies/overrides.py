"""Fields given on a command line, as `schedule.steps=600`."""

import json
from collections.abc import Iterable
from typing import Any


def overrides(changes: Iterable[str]) -> dict[str, Any]:
    """`a.b=1` as {"a": {"b": 1}}. Raises ValueError for what is no assignment."""
    merged: dict[str, Any] = {}
    for change in changes:
        path, given, value = change.partition("=")
        if not given:
            raise ValueError(f"expected FIELD=VALUE such as schedule.steps=600; given {change!r}")
        *outer, last = path.split(".")
        inner = merged
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[last] = _value(value)
    return merged


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
