"""`tessera oracle`: simulated annotators work through a project's queue."""

import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tessera.commands.connection import (
    AsJson,
    ProjectName,
    Token,
    Url,
    find_project,
    signed_in,
)
from tessera.commands.output import say, show_data

if TYPE_CHECKING:
    from tessera.oracle import Tally

POLL_S = 2.0


def oracle(
    project: ProjectName,
    truth: Annotated[Path, typer.Option(help="Folder of the pool's true masks, or of a data set.")],
    error_rate: Annotated[float, typer.Option(help="Share of regions with a mistake.")] = 0.0,
    pace: Annotated[float, typer.Option(help="Seconds that each label takes.")] = 0.0,
    annotators: Annotated[int, typer.Option(min=1, help="How many work at once.")] = 1,
    seed: int = 0,
    follow: Annotated[bool, typer.Option(help="Wait for new regions until Ctrl-C.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Label as somebody who knows the truth; effort is simulated (clicks x seconds a click)."""
    # the command line answers --help without loading scikit-image
    from tessera.oracle import Habits, Truth, run_annotators

    with signed_in(url, token) as client:
        project_id = find_project(client, project).id
        habits = Habits(error_rate=error_rate, pace_s=pace, seed=seed)
        known = Truth(truth)
        crowd = [client] * annotators
        tally = run_annotators(crowd, project_id, known, habits)
        # Ctrl-C is how following ends; a round that it cuts short is not counted
        with suppress(KeyboardInterrupt):
            while follow:
                time.sleep(POLL_S)
                tally += run_annotators(crowd, project_id, known, habits)
        _show(tally, as_json)


def _show(tally: "Tally", as_json: bool) -> None:
    if as_json:
        return show_data(asdict(tally))
    say(
        f"labelled {tally.labelled} regions ({tally.filled} of one class, {tally.careless} with "
        f"a mistake, {tally.superseded} superseded; {tally.skipped} skipped for want of a mask): "
        f"{tally.clicks} clicks, "
        f"{tally.active_s:.0f} s of simulated work"
    )
