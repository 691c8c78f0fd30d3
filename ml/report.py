"""`python -m ml.report FOLDER`: tables and plots of all simulated runs in a folder.

Arms are the runs of one name. Shares of clicks and of known pixels, and quality as a share of full
supervision, are against the arm that starts with all images labelled, where there is one; of
several such arms the best, so that no way to train flatters itself, and seed by seed as far as it
has the seeds.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.arguments import parser
from ml.errors import Failure
from ml.studies.statistics import Gain, Summary, paired_gain, summary

AXES = {"pixels": "pixels labelled", "clicks": "clicks", "known_pixels": "pixels of a class"}
Run = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """An arm after one of its cycles: costs and quality over its seeds.

    `shares` are those of the costs of full supervision, None where that is not among the runs;
    `of_full` likewise for the quality.
    """

    arm: str
    cycle: int
    regions: Summary
    costs: dict[str, Summary]
    shares: dict[str, float] | None
    miou: Summary
    of_full: float | None


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser("report", __doc__, "runs/camvid --split test --plot camvid.svg")
    asked.add_argument("folder", type=Path, help="holds the runs' JSON files")
    asked.add_argument("--split", choices=("val", "test"), default="test")
    asked.add_argument("--against", metavar="ARM", help="whom gains are over, seed by seed")
    asked.add_argument("--arms", nargs="+", metavar="ARM", help="these alone; all")
    asked.add_argument("--plot", type=Path, metavar="FILE", help="an .svg or .png to draw")
    options = asked.parse_args(arguments)
    try:
        runs = read_runs(options.folder, options.arms)
    except Failure as error:
        sys.stderr.write(f"{error}\n")
        return 3
    if not runs:
        name = "NAME" if options.arms is None else "|".join(options.arms)
        sys.stderr.write(f"no runs in {options.folder}: expected {name}-SEED.json files\n")
        return 3
    found = points(runs, options.split)
    tables = [markdown(found), per_class(runs, options.split)]
    if options.against:
        tables.insert(1, gains(runs, options.split, options.against))
    sys.stdout.write("\n\n".join(tables) + "\n")
    if options.plot:
        from ml.studies.plots import campaigns

        campaigns(found, options.plot)
    return 0


def read_runs(folder: Path, arms: Sequence[str] | None = None) -> list[Run]:
    """The finished runs of a folder and those inside it, by name; all of them without `arms`.
    Raises Failure `bad_spec` that names the file."""
    found = [_read(path) for path in sorted(folder.rglob("*-*.json"))]
    runs = [each for each in found if isinstance(each, dict) and "cycles" in each]
    return [each for each in runs if arms is None or each["campaign"]["name"] in arms]


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Failure(
            "bad_spec", f"cannot read {path}: {error}; remove it, or run it again"
        ) from error


def points(runs: Sequence[Run], split: str) -> list[Point]:
    """A point for each arm and cycle."""
    groups: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for run in runs:
        for row in run["cycles"]:
            groups[run["campaign"]["name"], row["cycle"]].append(
                {**row, "seed": run["campaign"]["seed"]}
            )
    full = _full(runs, split)
    return [_point(key, rows, split, full) for key, rows in sorted(groups.items())]


@dataclass(frozen=True)
class _Full:
    """Mean costs of full supervision, and its mIoU by seed."""

    costs: dict[str, float]
    miou: dict[int, float]

    @property
    def mean(self) -> float:
        return summary(list(self.miou.values())).mean

    def of(self, seeds: Sequence[int]) -> float:
        """The mean mIoU of equal seeds, or of all where not all of them were run."""
        found = [self.miou[seed] for seed in seeds if seed in self.miou]
        return summary(found).mean if len(found) == len(seeds) else self.mean


def _full(runs: Sequence[Run], split: str) -> _Full | None:
    """The best of the arms that start with every image labelled."""
    arms: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if run["campaign"]["images"] == 1:
            arms[run["campaign"]["name"]].append(run)
    each = [_supervised(rows, split) for rows in arms.values()]
    return max(each, key=lambda found: found.mean, default=None)


def _supervised(runs: Sequence[Run], split: str) -> _Full:
    first = [(run["campaign"]["seed"], run["cycles"][0]) for run in runs]
    costs = {name: summary([float(row[name]) for _, row in first]).mean for name in AXES}
    return _Full(costs, {seed: _miou(row, split) for seed, row in first})


def _point(key: tuple[str, int], rows: Sequence[Run], split: str, full: _Full | None) -> Point:
    costs = {name: summary([float(row[name]) for row in rows]) for name in AXES}
    quality = summary([_miou(row, split) for row in rows])
    return Point(
        arm=key[0],
        cycle=key[1],
        regions=summary([float(row["regions"]) for row in rows]),
        costs=costs,
        shares={name: each.mean / full.costs[name] for name, each in costs.items()}
        if full
        else None,
        miou=quality,
        of_full=quality.mean / full.of([row["seed"] for row in rows]) if full else None,
    )


def _miou(row: Run, split: str) -> float:
    return float(row["metrics"][split]["miou"])


def markdown(found: Sequence[Point]) -> str:
    """A table with a row for each point."""
    lines = [
        "| arm | cycle | seeds | regions | pixels | of a class | clicks | mIoU | of full |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in found:
        cells = (
            *(each.arm, str(each.cycle), str(each.miou.count), f"{each.regions.mean:,.0f}"),
            *(_cost(each, name) for name in ("pixels", "known_pixels", "clicks")),
            shown(each.miou),
            "–" if each.of_full is None else f"{100 * each.of_full:.1f} %",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cost(each: Point, name: str) -> str:
    value = f"{each.costs[name].mean:,.0f}"
    return value if each.shares is None else f"{value} ({100 * each.shares[name]:.2f} %)"


def shown(found: Summary) -> str:
    """A share in per cent with its spread."""
    spread = "" if found.spread is None else f" ± {100 * found.spread:.1f}"
    return f"{100 * found.mean:.1f}{spread}"


def gains(runs: Sequence[Run], split: str, against: str) -> str:
    """What each arm's last model gains over that of the arm `against`: mean over the seeds that
    both have, and the 95 % interval of it, in points of mIoU."""
    last: dict[str, dict[int, float]] = defaultdict(dict)
    for run in runs:
        campaign = run["campaign"]
        last[campaign["name"]][campaign["seed"]] = _miou(run["cycles"][-1], split)
    lines = [f"| arm | seeds | over {against} | 95 % interval |", "| --- | --- | --- | --- |"]
    for arm, scores in sorted(last.items()):
        common = sorted(scores.keys() & last[against].keys())
        if arm != against and common:
            gain = paired_gain([scores[i] for i in common], [last[against][i] for i in common])
            lines.append(f"| {arm} | {len(common)} | {_points(gain.mean)} | {_interval(gain)} |")
    return "\n".join(lines)


def _interval(gain: Gain) -> str:
    if gain.low is None or gain.high is None:
        return "–"
    return f"{_points(gain.low)} to {_points(gain.high)}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def per_class(runs: Sequence[Run], split: str) -> str:
    """IoU of each class after the last cycle of each arm, in per cent, mean over seeds."""
    last: dict[str, list[list[float | None]]] = defaultdict(list)
    for run in runs:
        last[run["campaign"]["name"]].append(run["cycles"][-1]["metrics"][split]["iou"])
    names = runs[0]["classes"]
    lines = [f"| arm | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for arm, seeds in sorted(last.items()):
        means = [_mean(values) for values in zip(*seeds, strict=True)]
        lines.append(f"| {arm} | {' | '.join(means)} |")
    return "\n".join(lines)


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{100 * sum(known) / len(known):.1f}" if known else "–"


if __name__ == "__main__":
    sys.exit(main())
