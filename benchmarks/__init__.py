"""What things cost, as ratios against a floor measured in the same run.

`python -m benchmarks` runs all, `python -m benchmarks.NAME` one; `--json` and `--quick` go with
either.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from ml.run import SPIN

# As for every stage that the service starts; read when torch is loaded, which is later.
os.environ.setdefault("GOMP_SPINCOUNT", SPIN)


@dataclass(frozen=True)
class Figure:
    """A measured value beside its floor; both in `unit`."""

    name: str
    value: float
    unit: str
    floor_name: str
    floor: float

    @property
    def ratio(self) -> float:
        return self.value / self.floor


Benchmark = Callable[..., list[Figure]]
"""Called with `quick`: fewer rounds, so that it ends within 45 s."""


def main(benchmarks: Sequence[Benchmark], about: str | None) -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, under 45 s each")
    options = parser.parse_args()
    figures = [each for run in benchmarks for each in run(quick=options.quick)]
    show(figures, {"quick": options.quick}, as_json=options.json)


def show(figures: Sequence[Figure], settings: dict[str, object], *, as_json: bool) -> None:
    """A table, or one JSON object with the settings and the machine."""
    if as_json:
        rows = [asdict(each) | {"ratio": each.ratio} for each in figures]
        told = {"settings": settings | machine(), "figures": rows}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        Console().print(_table(figures))


def machine() -> dict[str, object]:
    """What the figures depend on."""
    return {
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def _table(figures: Sequence[Figure]) -> Table:
    table = Table("what", "measured", "floor", "ratio")
    for each in figures:
        measured, floor = (f"{value:.2f} {each.unit}" for value in (each.value, each.floor))
        table.add_row(each.name, measured, f"{floor} ({each.floor_name})", f"{each.ratio:.2f}")
    return table
