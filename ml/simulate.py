"""`python -m ml.simulate DATA OUT`: whole labelling campaigns, with the masks in place of people.

Each seed is a run: OUT/NAME-SEED.json holds its cycles, what they cost and how they were judged;
`python -m ml.report OUT` makes tables and plots of all runs of a folder. A run that was stopped
goes on where it was.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ml.arguments import overrides, parser
from ml.dataset import read_dataset
from ml.errors import Failure
from ml.presets import RECIPES, reasons, recipe
from ml.strategy import Strategy
from ml.studies.campaign import Budget, Campaign
from ml.studies.simulation import simulate
from ml.studies.stage import Listener
from ml.terminal import Terminal

EXAMPLE = (
    "data/camvid runs/camvid --name entropy --recipe s4al-cpu "
    "--set scale=0.25 --cell 30 --images 0.1 --budgets 4x 4x --ask ranked_by=image --seeds 0 1 2"
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        campaigns = [_campaign(options, seed) for seed in options.seeds]
        data = read_dataset(options.data)
        for campaign in campaigns:
            folder = options.out / f"{campaign.name}-{campaign.seed}"
            sys.stdout.write(f"{simulate(campaign, data, folder, _bar)}\n")
    except (Failure, ValueError) as error:
        said = reasons(error) if isinstance(error, ValidationError) else error
        sys.stderr.write(f"{said}\n")
        return 3
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("simulate", __doc__, EXAMPLE)
    add = asked.add_argument
    add("data", type=Path, help="folder with classes.json, train/, val/, test/")
    add("out", type=Path, help="folder of the runs")
    add("--name", required=True, help="of the arm; its runs are NAME-SEED")
    add("--recipe", default="s4al-cpu", choices=sorted(RECIPES), metavar="NAME")
    add("--set", action="append", default=[], metavar="FIELD=JSON", help="a field of the recipe")
    add("--cell", type=int, required=True, metavar="PX", help="side of a cell")
    add("--images", type=float, default=0.0, metavar="SHARE", help="labelled whole at the start")
    add("--regions", type=float, default=0.0, metavar="SHARE", help="of pixels, at the start")
    add("--budgets", nargs="*", type=_budget, default=[], metavar="SHARE|Nx",
        help="for each cycle: a share of the pool's pixels, or N regions an image")  # fmt: skip
    add("--ask", action="append", default=[], metavar="FIELD=JSON", help="a field of the strategy")
    add("--early", type=float, default=1.0, metavar="SHARE",
        help="of the steps, for trainings before the last (S4AL: 0.5)")  # fmt: skip
    add("--seeds", nargs="+", type=int, default=[0], metavar="SEED")
    return asked.parse_args(arguments)


def _budget(text: str) -> Budget:
    if per_image := re.fullmatch(r"([1-9]\d*)x", text):
        return Budget(per_image=int(per_image[1]))
    return Budget(share=float(text))


def _campaign(options: argparse.Namespace, seed: int) -> Campaign:
    """Raises ValueError for a recipe, strategy or campaign that cannot be."""
    return Campaign(
        name=options.name,
        recipe=recipe(options.recipe, overrides(options.set)),
        strategy=Strategy.model_validate(overrides(options.ask)),
        cell_px=options.cell,
        images=options.images,
        regions=options.regions,
        budgets=tuple(options.budgets),
        early=options.early,
        seed=seed,
    )


def _bar(title: str) -> Listener:
    bar = Terminal(title)

    def listen(event: dict[str, Any]) -> None:
        bar.emit(**event)

    return listen


if __name__ == "__main__":
    sys.exit(main())
