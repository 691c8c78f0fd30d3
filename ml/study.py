"""`python -m ml.study DATA OUT`: fewer labels for the same mIoU, arm against arm, on two cores.

Runs the arms of `ml.studies.arms`, each seed of each, and shows tables of what is done. Images are
shrunk, so is the network, and of many images every second, third ... is taken, so that the whole
study takes less than an hour on two quiet cores: it tells what helps, not what a full-size model
reaches. With more images a training as short as these would not miss labels: it could not get
through those of a tenth of them. Stopped, it goes on where it was.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from ml import report
from ml.arguments import parser
from ml.dataset import Dataset, read_dataset
from ml.errors import Failure
from ml.spec import ImageItem
from ml.studies.arms import ARMS
from ml.studies.campaign import Campaign
from ml.studies.simulation import simulate
from ml.studies.stage import Listener

EXAMPLE = "data/camvid runs/study --seeds 0 1 2 --plot study.svg"
NAMES = tuple(arm.name for arm in ARMS)
MOST = {"pool": 92, "test": 117, "val": 0}
"""Images of each split. Judged on the test images alone: nothing is tuned on the others."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        data = thinned(read_dataset(options.data))
        if not data.splits["test"]:
            raise Failure("bad_spec", f"{options.data} has no test images to judge by; add test/")
        _run(_campaigns(options, data), data, options)
    except (Failure, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    plot = ["--plot", str(options.plot)] if options.plot else []
    return report.main([str(options.out), "--against", options.against, *plot])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("study", f"{__doc__}\n\n{_arms()}", EXAMPLE)
    add = asked.add_argument
    add("data", type=Path, help="folder with classes.json, train/ and test/")
    add("out", type=Path, help="folder of the runs")
    add("--arms", nargs="+", default=list(NAMES), choices=NAMES, metavar="NAME")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="SEED")
    add("--steps", type=int, metavar="N", help="of each training, in place of the recipes'")
    add("--workers", type=int, default=os.cpu_count() or 1, metavar="N",
        help="trainings at a time, a core each; as many as there are cores")  # fmt: skip
    add("--against", default="entropy-s4al", metavar="NAME", help="whom gains are over")
    add("--plot", type=Path, metavar="FILE", help="an .svg or .png to draw")
    return asked.parse_args(arguments)


def _arms() -> str:
    return "Arms:\n" + "\n".join(f"  {arm.name:<20} {arm.asks}" for arm in ARMS)


def thinned(data: Dataset) -> Dataset:
    """At most so many images of each split, evenly from all of it."""

    def some(items: list[ImageItem], most: int) -> list[ImageItem]:
        return items[:: -(-len(items) // most)] if items and most else []

    return replace(data, splits={name: some(data.splits[name], n) for name, n in MOST.items()})


def _campaigns(options: argparse.Namespace, data: Dataset) -> list[Campaign]:
    """Seed by seed, so that an early end leaves whole comparisons. Raises ValueError."""
    sample, asked = data.splits["pool"][0], [arm for arm in ARMS if arm.name in options.arms]
    return [arm.campaign(sample, seed, options.steps) for seed in options.seeds for arm in asked]


def _run(campaigns: Sequence[Campaign], data: Dataset, options: argparse.Namespace) -> None:
    """Raises Failure."""

    def one(campaign: Campaign) -> Path:
        return simulate(campaign, data, options.out / f"{campaign.name}-{campaign.seed}", _said)

    with ThreadPoolExecutor(options.workers) as pool:
        for number, path in enumerate(pool.map(one, campaigns), start=1):
            sys.stderr.write(f"{number}/{len(campaigns)} {path}\n")


def _said(title: str) -> Listener:
    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "done":
            sys.stderr.write(f"{title} done in {event['seconds']:.0f} s\n")

    return listen


if __name__ == "__main__":
    sys.exit(main())
