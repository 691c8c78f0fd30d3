"""`tessera gc`: rows and files looked after beside the running service."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from core.settings import settings
from tessera.commands.connection import AsJson
from tessera.commands.output import console, say, show_data
from tessera.offline import events, with_database
from tessera.processes import StackError

MIB = 2**20


@contextmanager
def stack_errors() -> Iterator[None]:
    """A stack that cannot be reached, or work that failed: the reason, and exit code 1."""
    try:
        yield
    except StackError as error:  # it may end with the last lines of a log, so it stays as it is
        console(err=True).print(f"error: {error}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


def last(event: str, *words: str) -> dict[str, Any]:
    """Do the work and give its last event of this kind."""
    with with_database(settings()) as reached:
        found = {each["event"]: each for each in events(reached, *words)}
    return {name: value for name, value in found[event].items() if name != "event"}


def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell.")] = False,
    age_h: Annotated[
        float | None,
        typer.Option("--age", min=1, help="Hours since the file was put; TESSERA_GARBAGE_AGE_H."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Delete files that nothing refers to. Safe while the service runs."""
    words = ["gc", *(["--dry-run"] if dry_run else [])]
    words += [] if age_h is None else ["--age-h", str(age_h)]
    with stack_errors():
        done = last("collected", *words)
    if as_json:
        show_data(done)
        return
    verb = "would delete" if dry_run else "deleted"
    size = f"{done['bytes'] / MIB:.1f} MiB"
    say(f"{verb} {done['files']} files ({size}) and {done['folders']} folders of dead attempts")
    say(f"left alone: {done['kept']} files, in use or younger than {done['age_h']:g} h")
