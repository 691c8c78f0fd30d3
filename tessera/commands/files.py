"""`tessera backup`, `restore` and `gc`: rows and files looked after beside the service."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from core.settings import Settings, settings
from tessera import stack
from tessera.commands.bars import Bars
from tessera.commands.connection import AsJson
from tessera.commands.output import console, say, show_data
from tessera.offline import Event, events, migrate, with_database
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


def backup(
    file: Annotated[Path, typer.Argument(help="A new file, such as streets.tar.")],
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Leave out files that are missing or damaged.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write all rows and the files they need to one archive. Annotators may go on meanwhile."""
    words = ["backup", str(file.absolute()), *(["--incomplete"] if incomplete else [])]
    with stack_errors(), with_database(settings()) as reached:
        done = last(reached, "written", *words)
    if as_json:
        show_data(done)
        return
    say(f"{file}: {done['tables']} tables, {done['files']} files, {done['bytes'] / MIB:.1f} MiB")
    if done["left_out"]:
        say(f"left out: {done['left_out']} files that are missing or damaged")


def restore(
    file: Annotated[Path, typer.Argument(help="What `tessera backup` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Bring a backup back, into an empty database and store; all of it or nothing."""
    archive = str(file.absolute())
    with stack_errors():
        # The archive is looked through before anything is started or made.
        revision = last(stack.absolute(settings()), "inspected", "inspect", archive)["revision"]
        with with_database(settings(), new=True) as reached:
            last(reached, "empty", "empty", archive)
            migrate(reached, "prepare", revision)
            done = last(reached, "restored", "restore", archive)
            migrate(reached)
    if as_json:
        show_data(done)
        return
    say(f"restored {done['tables']} tables and {done['files']} files")
    say("people sign in with the tokens and passwords of that time")


def last(reached: Settings, event: str, *words: str) -> dict[str, Any]:
    """Do the work, show how far it is, and give its last event of this kind."""
    found: dict[str, Event] = {}
    with Bars() as bars:
        for each in events(reached, *words):
            found[each["event"]] = each
            bars.show(each)
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
    with stack_errors(), with_database(settings()) as reached:
        done = last(reached, "collected", *words)
    if as_json:
        show_data(done)
        return
    verb = "would delete" if dry_run else "deleted"
    size = f"{done['bytes'] / MIB:.1f} MiB"
    say(f"{verb} {done['files']} files ({size}) and {done['folders']} folders of dead attempts")
    say(f"left alone: {done['kept']} files, in use or younger than {done['age_h']:g} h")
