"""Shows a cycle while it runs: a live line with a bar in a terminal, plain lines elsewhere."""

import time
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from tessera.client.models import Cycle, Stage

LINE_EVERY_S = 3.0
STAGE_OF = {
    "training": "train",
    "evaluating": "evaluate",
    "scoring": "score",
    "selecting": "select",
}


class Progress:
    """`with Progress(console) as progress: ... progress.show(cycle)`; `note` leads every line."""

    def __init__(self, console: Console, note: str = "") -> None:
        self.note = note
        self._console = console
        self._live = Live(console=console, transient=True) if console.is_terminal else None
        self._said = ("", "")
        self._said_at = 0.0

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def say(self, text: str) -> None:
        """A line that stays."""
        text = f"{self.note}{text}"
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def show(self, cycle: Cycle) -> None:
        self.line(describe(cycle), cycle.state, share_done(cycle))

    def line(self, text: str, phase: str, done: float | None = None) -> None:
        """A new `phase` is said at once, other news every few seconds. `done` is 0..1."""
        text = f"{self.note}{text}"
        if self._live:
            self._live.update(_bar(text, done))
        elif self._is_due(text, phase):
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
            self._said, self._said_at = (text, phase), time.monotonic()

    def _is_due(self, text: str, phase: str) -> bool:
        quiet = time.monotonic() - self._said_at
        return phase != self._said[1] or (text != self._said[0] and quiet >= LINE_EVERY_S)


def describe(cycle: Cycle) -> str:
    """One line: state, steps, losses and the time left."""
    head = f"cycle {cycle.number} {cycle.state}"
    if cycle.state == "labelling":
        return f"{head}  {cycle.regions.labelled}/{cycle.regions.total} regions"
    stage = current_stage(cycle)
    parts = [head, *_stage_parts(stage)] if stage else [head]
    return "  ".join(parts)


def current_stage(cycle: Cycle) -> Stage | None:
    kind = STAGE_OF.get(cycle.state)
    stages = [stage for stage in cycle.stages if stage.kind == kind]
    return stages[-1] if stages else None


def share_done(cycle: Cycle) -> float | None:
    """0..1 of the running stage or of the labelling; None when unknown."""
    if cycle.state == "labelling":
        return cycle.regions.labelled / max(1, cycle.regions.total)
    stage = current_stage(cycle)
    progress = (stage and stage.progress) or {}
    return progress["step"] / max(1, progress["steps"]) if progress.get("steps") else None


def duration(seconds: float) -> str:
    """45 s, 2 min 05 s, 1 h 10 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _stage_parts(stage: Stage) -> list[str]:
    progress: dict[str, Any] = stage.progress or {}
    if stage.state == "pending":
        return ["waiting for a worker"]
    parts = [] if progress.get("steps") else ["starting"]
    if stage.shards > 1:
        parts.append(f"{stage.shards_done}/{stage.shards} shards")
    if progress.get("steps"):
        parts.append(f"step {progress['step']}/{progress['steps']}")
    losses = progress.get("losses") or {}
    parts += [f"{name} {value:.3f}" for name, value in losses.items()]
    if progress.get("eta_s") is not None:
        parts.append(f"{duration(progress['eta_s'])} left")
    return parts


def _bar(text: str, done: float | None) -> Table:
    grid = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=1.0, completed=done or 0.0, width=24, pulse=done is None)
    grid.add_row(bar, text)
    return grid
