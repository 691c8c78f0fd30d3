"""Runs the demo: its folder, its data, a local stack of its own, the story, the result."""

import time
from functools import partial
from pathlib import Path

from rich.console import Console

from core.settings import Settings
from tessera.client import Client
from tessera.demo import data as sources
from tessera.demo import report
from tessera.demo.campaign import Means, Outcome, play
from tessera.demo.data import Data
from tessera.demo.folder import claim
from tessera.demo.options import Options
from tessera.family import ending_raises
from tessera.progress import Progress
from tessera.stack import Stack, local_stack


def run(options: Options, base: Settings, console: Console) -> None:
    """Raises ClientError when a part of the story fails, KeyboardInterrupt on Ctrl-C."""
    started = time.monotonic()
    # looked at first: a mistyped folder must not cost the last demo
    real = sources.given(options.data) if options.data else None
    folder = claim(base.data_dir / "demo", keep=options.keep)
    with ending_raises(), Progress(console) as progress:
        data = real or drawn(folder / "scenes", options.seed, progress)
    say = partial(console.print, markup=False, highlight=False, soft_wrap=True)
    with local_stack(settings_for(options, base, data, folder), say=say) as stack:
        with Client(stack.url, stack.token) as admin, Progress(console) as progress:
            outcome = play(admin, data, options, Means(progress, stack.check))
        found = report.document(outcome, data, options, seconds=time.monotonic() - started)
        report.show(found, console)
        if options.json_file:
            report.write(found, options.json_file)
        if options.serve:
            serve(stack, outcome, console)


def drawn(folder: Path, seed: int, progress: Progress) -> Data:
    """Synthetic scenes, with a bar: they take a while."""

    def tell(done: int, total: int) -> None:
        progress.line(f"drawing synthetic scenes  {done}/{total}", "drawing", done / total)

    return sources.synthetic(folder, seed, tell)


def settings_for(options: Options, base: Settings, data: Data, folder: Path) -> Settings:
    """The demo's own stack: its own folder, and nothing else may be imported.

    Its annotator is a program and may answer as fast as it can.
    """
    changes: dict[str, object] = {
        "data_dir": folder, "import_roots": (data.folder,), "token_rate": 0.0
    }  # fmt: skip
    if options.port is not None:
        changes["port"] = options.port
    return base.model_copy(update=changes)


def serve(stack: Stack, outcome: Outcome, console: Console) -> None:
    """Until Ctrl-C; tokens are shown because this is a terminal of the demo's owner."""
    lines = (
        f"\nThe service stays open at {stack.url} (Ctrl-C ends it).",
        f"Sign in as admin with      {stack.token}",
        f"Sign in as annotator with  {outcome.annotator_token}",
    )
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)
    stack.serve()
