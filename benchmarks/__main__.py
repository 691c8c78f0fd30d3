"""Run every benchmark, or those named: `python -m benchmarks [queue] [training] [--json]`."""

import argparse
import json
import sys
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from benchmarks import Figure, queue, training

BENCHMARKS = {"queue": queue.figures, "training": training.figures}


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"expected some of {', '.join(BENCHMARKS)}; given {', '.join(unknown)}")
    figures = [each for name in options.names or BENCHMARKS for each in BENCHMARKS[name]()]
    if options.json:
        rows = [asdict(each) | {"ratio": each.ratio} for each in figures]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        Console().print(_table(figures))


def _table(figures: list[Figure]) -> Table:
    table = Table("what", "measured", "floor", "ratio")
    for each in figures:
        measured, floor = (f"{value:.2f} {each.unit}" for value in (each.value, each.floor))
        table.add_row(each.name, measured, f"{floor} ({each.floor_name})", f"{each.ratio:.2f}")
    return table


if __name__ == "__main__":
    main()
