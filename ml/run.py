"""`python -m ml.run SPEC_DIR [--detached]`: one stage of machine work in a process of its own.

`torchrun --nproc-per-node=N -m ml.run SPEC_DIR` trains on N GPUs of one machine.

Events go to stdout, one JSON object a line, or as a bar where stdout is a terminal; logs go to
stderr. Exit codes: 0 done, 3 a typed failure, 143 stopped by SIGTERM, 1 anything else.
"""

import argparse
import errno
import importlib
import logging
import os
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from ml import spec
from ml.arguments import parser
from ml.child import Child, Quiet
from ml.errors import Abandoned, Failure
from ml.presets import reasons

ALLOCATION_SIGNS = ("can't allocate memory", "not enough memory", "out of memory")

SPIN = "20000"
"""How long threads spin for one another before they sleep; read when torch is loaded. Spinning on,
the default, makes a step up to eight times as long where two stages share the cores; not spinning
at all makes it longer by a third where one has them to itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN)
    child = _child(options.folder, rank=int(os.environ.get("RANK", "0")))
    child.listen()
    if not options.detached:
        child.watch_parent(options.parent)
    try:
        run(options.folder, child)
    except Exception as error:
        return _report(error, child)
    child.emit("done", seconds=round(time.monotonic() - child.started, 3))
    return 0


def _child(folder: Path, *, rank: int) -> Child:
    if rank > 0:
        return Quiet()
    if not sys.stdout.isatty():
        return Child()
    from ml.terminal import Terminal

    return Terminal(folder.resolve().name)


def run(folder: Path, child: Child) -> None:
    """Relative paths of a spec are relative to its folder, so the process moves there.

    Each kind imports what it needs: selection must not wait seconds for torch.
    """
    asked = _read(folder)
    os.chdir(folder)
    if asked.kind != "train" and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise Failure("bad_spec", f"torchrun is for training; {asked.kind} runs in one process")
    match asked:
        case spec.TrainSpec():
            importlib.import_module("ml.train").train(asked, child)
        case spec.EvaluateSpec():
            importlib.import_module("ml.evaluate").evaluate(asked, child)
        case spec.SurveySpec():
            importlib.import_module("ml.score").survey(asked, child)
        case spec.ScoreSpec():
            importlib.import_module("ml.score").score(asked, child)
        case spec.SelectSpec():
            importlib.import_module("ml.select").select(asked, child)
        case spec.PredictSpec():
            importlib.import_module("ml.classify").classify(asked, child)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser(
        "run", __doc__, "runs/first   (with runs/first/spec.json, which `python -m ml.spec` writes)"
    )
    asked.add_argument("folder", type=Path, help="holds spec.json; results go to its out/")
    asked.add_argument(
        "--detached", action="store_true", help="go on when the starting process ends"
    )
    asked.add_argument(
        "--parent",
        type=int,
        default=os.getppid(),
        metavar="PID",
        help="the process that started this one, and at whose end it ends",
    )
    return asked.parse_args(arguments)


def _read(folder: Path) -> spec.AnySpec:
    try:
        return spec.read(folder)
    except (OSError, ValueError) as error:
        reason = reasons(error) if isinstance(error, ValidationError) else error
        raise Failure("bad_spec", f"cannot read {folder / 'spec.json'}: {reason}") from error


def _report(error: Exception, child: Child) -> int:
    if isinstance(error, Failure):
        child.emit("failed", error_class=error.error_class, message=str(error))
        return 3
    if isinstance(error, Abandoned):
        # The one that ended has said why.
        sys.stderr.write(f"{error}\n")
        return 1
    traceback.print_exception(error)
    if _is_memory(error):
        advice = "halve the batches or the crop"
        child.emit("failed", error_class="out_of_memory", message=f"{error}; {advice}")
        return 3
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        child.emit("failed", error_class="disk_full", message=f"{error}; free some room")
        return 3
    child.emit("failed", error_class="internal", message=f"{type(error).__name__}: {error}")
    return 1


def _is_memory(error: Exception) -> bool:
    """By name and text, because torch is not loaded in every kind of run."""
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return named or any(sign in str(error).lower() for sign in ALLOCATION_SIGNS)


if __name__ == "__main__":
    sys.exit(main())
