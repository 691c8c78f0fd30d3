"""`tessera demo`: the whole loop on one machine, from an empty folder to a table of results."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.settings import settings
from tessera.commands.connection import one_line_errors
from tessera.commands.output import console

if TYPE_CHECKING:
    from tessera.demo.options import Options

INTERRUPTED = 130


def demo(
    data: Annotated[
        Path | None, typer.Option(help="Images with masks (plain or camvid form); else synthetic.")
    ] = None,
    leave: Annotated[bool, typer.Option("--exit", help="Don't serve afterwards.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Go on with the last demo.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result here.")] = None,
    cycles: Annotated[
        int | None, typer.Option(min=0, help="Learning cycles; 3, or 1 more with --keep.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    port: Annotated[int | None, typer.Option(min=0, max=65535)] = None,
    budget: Annotated[
        str, typer.Option(help="Percents of the pool's pixels per labelling cycle.")
    ] = "0.5,1,2,4",
    recipe: Annotated[str, typer.Option(help="How the learning cycles train.")] = "s4al-cpu",
    steps: Annotated[int | None, typer.Option(min=1, help="Training steps; quick runs.")] = None,
    annotators: Annotated[int, typer.Option(min=1, help="Oracles at work.")] = 2,
) -> None:
    """Import, cold start, learning cycles with simulated annotators, full supervision, a table."""
    # the command line answers --help without loading arrays and images
    from tessera.demo.options import Options, parse_budget

    with one_line_errors():
        _run(
            Options(
                data=data,
                serve=not leave and sys.stdin.isatty() and sys.stdout.isatty(),
                keep=keep,
                json_file=json_file,
                cycles=cycles,
                seed=seed,
                port=port,
                budget=parse_budget(budget),
                recipe=recipe,
                steps=steps,
                annotators=annotators,
            )
        )


def _run(options: "Options") -> None:
    from tessera.demo.run import run
    from tessera.processes import StackError

    try:
        run(options, settings(), console())
    except StackError as error:  # it ends with the last lines of a log, so it stays as it is
        console(err=True).print(f"error: {error}", markup=False, highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console().print("stopped")
        raise typer.Exit(INTERRUPTED) from None
