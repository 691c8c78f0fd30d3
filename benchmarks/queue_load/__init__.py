"""Annotators against the real server over HTTP, and their log against the database afterwards.

`python -m benchmarks.queue_load`; with `--soak 60`, an hour at a person's pace and nothing else.
"""

import sys
from collections.abc import Callable, Sequence

from benchmarks import Figure
from benchmarks.queue_load import site
from benchmarks.queue_load.crowd import Crowd
from benchmarks.queue_load.modes import MODES, Bench
from benchmarks.queue_load.stretch import Load

CLIENT_PROCESSES = 2
SIDE_PX = 64


def figures(*, quick: bool) -> list[Figure]:
    """All modes. Ends the process with status 1 when log and database disagree."""
    found, complaints = measured(list(MODES.values()), **sizes(quick=quick))
    if complaints:
        sys.exit("\n".join(complaints[:20]))
    return found


def sizes(*, quick: bool) -> dict[str, float]:
    """How much of everything."""
    many, seconds = (100_000, 3) if quick else (1_000_000, 60)
    return {"annotators": 100, "seconds": seconds, "cells": 10_000, "many_cells": many}


def measured(
    modes: Sequence[Callable[[Bench], list[Figure]]], *, fsync: bool = True, **wanted: float
) -> tuple[list[Figure], list[str]]:
    """The modes' figures, and what was wrong."""
    with Crowd(CLIENT_PROCESSES) as crowd, site.running(fsync) as service:
        bench = Bench(Load(service, crowd), side_px=SIDE_PX, **wanted)
        return [figure for mode in modes for figure in mode(bench)], bench.complaints
