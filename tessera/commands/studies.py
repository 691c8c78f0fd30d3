"""`tessera simulate` and `tessera study`: the learner's studies, which need no service."""

import subprocess
import sys

import typer

AS_GIVEN = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
"""What is said is said to the learner, `--help` too."""


def simulate(context: typer.Context) -> None:
    """Whole labelling campaigns on a folder, with its masks in place of people (--help)."""
    _pass_on("ml.simulate", context)


def study(context: typer.Context) -> None:
    """Fewer labels for the same mIoU: arm against arm on a folder (--help)."""
    _pass_on("ml.study", context)


def _pass_on(module: str, context: typer.Context) -> None:
    ended = subprocess.run([sys.executable, "-m", module, *context.args], check=False)
    raise typer.Exit(ended.returncode)
