"""`python -m ml.compare DATA OUT`: recipes against each other at equal labels and seeds.

Every trial has a folder of its own under OUT and is not run again once it is done, so a study
goes on where it was stopped. OUT/comparison.json holds the figures of the table.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ml.arguments import overrides, parser
from ml.dataset import Dataset, read_dataset
from ml.errors import Failure
from ml.files import write_json
from ml.presets import RECIPES, recipe
from ml.studies.statistics import gap_closed, paired_gain, summary
from ml.studies.trial import Outcome, Trial, outcome_of
from ml.terminal import Terminal

EXAMPLE = (
    "data/camvid runs/study --recipes supervised-cpu s4al-cpu "
    "--fractions 0.1 0.2 --seeds 0 1 2 --full --set scale=0.5"
)
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        data = read_dataset(options.data)
        trials = _trials(options)
        outcomes = _outcomes(trials, data, options.out)
    except (Failure, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    table = rows(outcomes, options.split, options.recipes[0])
    write_json(options.out / "comparison.json", {"split": options.split, "rows": table})
    _show(table)
    if options.plot:
        from ml.studies.plots import comparison

        comparison(table, options.plot)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("compare", __doc__, EXAMPLE)
    add = asked.add_argument
    add("data", type=Path, help="folder with classes.json, train/, val/, test/")
    add("out", type=Path, help="folder of the study")
    add(
        "--recipes", nargs="+", default=["supervised-cpu", "s4al-cpu"], choices=sorted(RECIPES),
        metavar="NAME", help="the first one is what the others are measured against",
    )  # fmt: skip
    add("--fractions", nargs="+", type=_fraction, default=[0.1], metavar="SHARE")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="SEED")
    add("--full", action="store_true", help="the first recipe on all labels too")
    add("--split", choices=("val", "test"), default="test")
    add(
        "--set", action="append", default=[], metavar="FIELD=JSON", dest="changes",
        help="a field of all recipes, such as schedule.steps=600",
    )  # fmt: skip
    add("--plot", type=Path, metavar="FILE", help="an .svg or .png to draw")
    return asked.parse_args(arguments)


def _fraction(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"expected a share above 0, up to 1; given {text}")
    return value


def _trials(options: argparse.Namespace) -> list[Trial]:
    changes = overrides(options.changes)
    recipes = [recipe(name, changes) for name in options.recipes]
    asked = [(made, fraction) for fraction in options.fractions for made in recipes]
    if options.full:
        asked.append((recipes[0], 1.0))
    return [Trial(*each, seed) for each in asked for seed in options.seeds]


def _outcomes(trials: Sequence[Trial], data: Dataset, study: Path) -> list[Outcome]:
    found = []
    for number, trial in enumerate(trials, start=1):
        bar = Terminal(f"{number}/{len(trials)} {trial.folder}")
        try:
            found.append(outcome_of(trial, data, study, lambda event: bar.emit(**event)))  # noqa: B023
        finally:
            bar.emit("done")
    return found


def rows(outcomes: Iterable[Outcome], split: str, baseline: str) -> list[Row]:
    """A row for each recipe and fraction. Gains are over the baseline's equal seeds, the gap is
    to the baseline with all labels, and cost is the step's, in steps of the baseline."""
    scores: dict[tuple[float, str], dict[int, float]] = defaultdict(dict)
    times: dict[str, list[float]] = defaultdict(list)
    for each in outcomes:
        name, value = each.trial.recipe.name, each.miou.get(split)
        if value is None:
            raise Failure("bad_spec", f"the split {split} has no labelled image to judge by")
        scores[each.trial.fraction, name][each.trial.seed] = value
        times[name].append(each.seconds_per_step)
    return [_row(key, scores, times, baseline) for key in sorted(scores)]


def _row(
    key: tuple[float, str],
    scores: dict[tuple[float, str], dict[int, float]],
    times: dict[str, list[float]],
    baseline: str,
) -> Row:
    (fraction, name), values = key, list(scores[key].values())
    plain = list(scores[fraction, baseline].values()) if (fraction, baseline) in scores else values
    found, gain = summary(values), paired_gain(values, plain)
    full = scores.get((1.0, baseline))
    closed = (
        gap_closed(found.mean, summary(plain).mean, summary(list(full.values())).mean)
        if full
        else None
    )
    return {
        "recipe": name,
        "fraction": fraction,
        "seeds": len(values),
        "miou": found.mean,
        "spread": found.spread,
        "gain": gain.mean,
        "gain_low": gain.low,
        "gain_high": gain.high,
        "gap_closed": closed,
        "cost": float(summary(times[name]).mean / summary(times[baseline]).mean),
    }


def _show(table: Sequence[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table("recipe", "labelled", "mIoU", "gain", "95 % interval", "gap closed", "step")
    for row in table:
        shown.add_row(*_cells(row))
    Console().print(shown)


def _cells(row: Row) -> list[str]:
    interval = (
        "–"
        if row["gain_low"] is None
        else f"{_points(row['gain_low'])} to {_points(row['gain_high'])}"
    )
    return [
        row["recipe"],
        f"{100 * row['fraction']:g} %",
        f"{100 * row['miou']:.1f}"
        + (f" ± {100 * row['spread']:.1f}" if row["spread"] is not None else ""),
        _points(row["gain"]),
        interval,
        "–" if row["gap_closed"] is None else f"{100 * row['gap_closed']:.0f} %",
        f"{row['cost']:.2f}x",
    ]


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


if __name__ == "__main__":
    sys.exit(main())
