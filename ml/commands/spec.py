"""`python -m ml.spec DATA --out RUN`: the spec of a training on a folder of images and masks.

DATA holds images/ and masks/, or {pool or train,val,test}/ with these in each; images without a
mask are unlabelled. Masks are index PNGs named as their images, 255 is void, 254 not asked.
classes.json names the classes; without it they are numbered as the masks have them. tags.csv
beside images/ says what is somewhere in an image (`a.png,car,road`), for recipes as cct-weak.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ml.arguments import overrides, parser
from ml.dataset import labelled_images, read_dataset
from ml.errors import Failure
from ml.files import write_bytes
from ml.presets import RECIPES, recipe
from ml.recipe import Recipe
from ml.spec import ImageItem, TrainSpec

EXAMPLE = "data/streets --recipe s4al-cpu --out runs/first"
CPU_WIDTH = 120
"""Pixels across that the recipes for CPUs are meant for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """What is wrong is said on stderr, with exit code 3."""
    options = _options(arguments)
    try:
        content = spec_of(options).model_dump_json(indent=1).encode() + b"\n"
        if options.out is None:
            sys.stdout.write(content.decode())
        else:
            write_bytes(options.out / "spec.json", content)
            sys.stderr.write(f"{options.out / 'spec.json'}; now: python -m ml.run {options.out}\n")
    except (Failure, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


def spec_of(options: argparse.Namespace) -> TrainSpec:
    """Raises Failure that names the file, or ValueError for a recipe."""
    if not 0 < options.labelled <= 1:
        raise ValueError(f"--labelled {options.labelled}: expected a share above 0, at most 1")
    data = read_dataset(options.data, partly=True)
    pool = _partly(data.splits["pool"], options.labelled, options.seed)
    return TrainSpec(
        recipe=_recipe(options, pool),
        classes=data.classes,
        background=data.background,
        seed=options.seed,
        pool=pool,
        val=data.splits["val"],
    )


def _recipe(options: argparse.Namespace, pool: Sequence[ImageItem]) -> Recipe:
    changes = overrides(options.set)
    small = CPU_WIDTH / pool[0].width
    if options.recipe.endswith("-cpu") and "scale" not in changes and small < 1:
        changes["scale"] = round(small, 3)
        sys.stderr.write(
            f"images shrunk to {changes['scale']:g} of their size, as {options.recipe} is meant "
            f"for some {CPU_WIDTH} pixels across; --set scale=1 keeps it\n"
        )
    return recipe(options.recipe, changes)


def _partly(pool: list[ImageItem], share: float, seed: int) -> list[ImageItem]:
    """The masks of so many of the labelled images, at least one, drawn by the seed."""
    labelled = [place for place, item in enumerate(pool) if item.mask_path]
    if not labelled:
        raise Failure(
            "no_labels",
            f"none of the {len(pool)} images has a mask to learn from; put index PNGs named as "
            "they are into masks/, beside images/",
        )
    kept = {labelled[place] for place in labelled_images(len(labelled), share, seed)}
    return [
        item if place in kept else item.model_copy(update={"mask_path": None})
        for place, item in enumerate(pool)
    ]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("spec", __doc__, EXAMPLE)
    add = asked.add_argument
    add("data", type=Path, help="folder of images and masks")
    add("--out", type=Path, help="folder for spec.json (else it goes to stdout)")
    add("--recipe", default="s4al-cpu", choices=sorted(RECIPES), metavar="NAME")
    add("--set", action="append", default=[], metavar="FIELD=VALUE", help="schedule.steps=600")
    add("--labelled", type=float, default=1.0, metavar="SHARE", help="of the masks to use (1)")
    add("--seed", type=int, default=0)
    return asked.parse_args(arguments)
