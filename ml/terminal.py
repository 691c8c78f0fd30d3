"""A run that somebody watches: bars instead of JSON lines."""

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ml.child import Child


class Terminal(Child):
    """Speaks to a person on stderr; a bar with the newest figures beside it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task(title, total=None, figures="")

    def emit(self, event: str, **fields: Any) -> None:
        if event == "progress":
            self._bar.start()
            figures = _figures(fields)
            self._bar.update(
                self._task, completed=fields["step"], total=fields["steps"], figures=figures
            )
            return
        if event == "checkpoint":
            return
        if event != "resumed":
            self._bar.stop()
        if event != "done":
            said = fields.get("message") or f"{event} at step {fields.get('step')}"
            sys.stderr.write(said + "\n")


def _figures(fields: dict[str, Any]) -> str:
    losses = [f"{name} {value:.3f}" for name, value in fields.get("losses", {}).items()]
    names = {"pseudo_share": "trusted", "val_miou": "mIoU"}
    shares = [f"{names[key]} {100 * fields[key]:.1f} %" for key in names if fields.get(key)]
    return "  ".join(losses + shares)
