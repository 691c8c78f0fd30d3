"""`tessera verify`: whether rows and files are as they have to be, with what to do where not."""

import json
import sys
from collections.abc import Iterator

import typer

from core.settings import settings
from tessera.commands.bars import Bars
from tessera.commands.connection import AsJson
from tessera.commands.files import stack_errors
from tessera.commands.output import say
from tessera.offline import Event, events, with_database


def verify(as_json: AsJson = False) -> None:
    """Check every row against its files and its neighbours; exit code 1 when something is wrong."""
    with stack_errors(), with_database(settings()) as reached:
        found = events(reached, "verify")
        number = _as_json(found) if as_json else _for_people(found)
    if number:
        raise typer.Exit(1)


def _as_json(found: Iterator[Event]) -> int:
    """One document, written as it comes: there may be as many findings as there are rows."""
    number = 0
    sys.stdout.write('{"findings": [')
    for event in found:
        if event.pop("event") == "finding":
            sys.stdout.write((",\n" if number else "\n") + json.dumps(event))
            number += 1
    sys.stdout.write(f'],\n"ok": {json.dumps(not number)}}}\n')
    return number


def _for_people(found: Iterator[Event]) -> int:
    number = 0
    with Bars() as bars:
        for event in found:
            bars.show(event)
            if event["event"] == "finding":
                number += 1
                say(_sentence(event))
    say(f"{number} findings" if number else "everything is as it has to be")
    return number


def _sentence(event: Event) -> str:
    return (
        f"{event['kind']} {event['id']}: expected {event['expected']}; found {event['found']}\n"
        f"    {event['advice']}"
    )
