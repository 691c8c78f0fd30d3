"""What the commands of the learner share: their help, and fields given as `schedule.steps=600`."""

import argparse
import json
import textwrap
from collections.abc import Iterable
from typing import Any


def parser(command: str, about: str | None, example: str) -> argparse.ArgumentParser:
    """Of `python -m ml.COMMAND`; `about` keeps its lines where it has several."""
    said = about or ""
    return argparse.ArgumentParser(
        prog=f"python -m ml.{command}",
        description=said if "\n" in said else textwrap.fill(said, 79),
        epilog=f"example: python -m ml.{command} {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


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
