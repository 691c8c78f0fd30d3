"""Bars on stderr for work that tells of its progress, one for each kind of thing."""

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from tessera.commands.output import console
from tessera.offline import Event


class Bars:
    """Shown while inside, and gone afterwards."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        out = console(err=True)
        self._bars = Progress(*columns, console=out, transient=True, disable=not out.is_terminal)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._bars.stop()

    def show(self, event: Event) -> None:
        """Take in an event; those that are no progress change nothing."""
        if event["event"] != "progress":
            return
        what = event["what"]
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=event["total"])
        self._bars.update(self._tasks[what], completed=event["done"])
