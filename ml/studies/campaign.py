"""A labelling campaign with truth in place of people: what is asked, and its labels so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, NonNegativeInt, PositiveInt

from ml.cells import box
from ml.costs import clicks
from ml.fields import Frozen, Share
from ml.files import write_bytes
from ml.images import index_png, read_labels
from ml.recipe import Recipe
from ml.spec import ImageItem, Patch
from ml.strategy import Strategy
from ml.types import NOT_ASKED, VOID, Mask

Cell = tuple[int, int]


class Budget(Frozen):
    """Either a share of the pool's pixels, or so many regions for each image not labelled whole."""

    share: Share | None = None
    per_image: PositiveInt | None = None


class Campaign(Frozen):
    """What is labelled before the first training: `images`, a share of the pool's images, whole,
    or `regions`, a share of its pixels in regions spread at random. Then a budget for each cycle.
    Trainings before the last one have the share `early` of the recipe's steps (S4AL's has half).
    """

    name: Annotated[str, Field(pattern=r"^[\w.+-]+$")]
    recipe: Recipe
    strategy: Strategy = Strategy()
    cell_px: PositiveInt
    images: Share = 0.0
    regions: Share = 0.0
    budgets: tuple[Budget, ...] = ()
    early: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: NonNegativeInt = 0

    def recipe_of(self, training: int) -> Recipe:
        """Of the training that many cycles after the first labels."""
        if self.early == 1 or training == len(self.budgets):
            return self.recipe
        schedule = self.recipe.schedule
        steps = max(1, round(self.early * schedule.steps))
        return self.recipe.model_copy(
            update={"schedule": schedule.model_copy(update={"steps": steps})}
        )

    def turn(self, training: int) -> int:
        """The number of the cycle with this training: regions to start from take one before."""
        return training + (self.regions > 0)


@dataclass(frozen=True)
class Cost:
    """What labels took: pixels in all, those of a class, and clicks by the rule of `ml.costs`."""

    regions: int = 0
    pixels: int = 0
    known_pixels: int = 0
    clicks: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.regions + other.regions,
            self.pixels + other.pixels,
            self.known_pixels + other.known_pixels,
            self.clicks + other.clicks,
        )


@dataclass
class Labels:
    """What has been asked of a pool: images as a whole by place, and cells of the others."""

    pool: Sequence[ImageItem]
    cell_px: int
    whole: set[int] = field(default_factory=set)
    cells: dict[str, list[Cell]] = field(default_factory=dict)

    def ask(self, regions: Iterable[Mapping[str, Any]]) -> None:
        """Takes the regions of a selection."""
        for each in regions:
            self.cells.setdefault(each["image_id"], []).append((each["row"], each["col"]))

    def open_items(self) -> list[ImageItem]:
        """The images not labelled whole, without what is known of them."""
        return [blank(item) for i, item in enumerate(self.pool) if i not in self.whole]

    def items(self, folder: Path) -> list[ImageItem]:
        """The pool with its labels; those of regions are written to the folder, a file an image."""
        return [
            item if place in self.whole else self._partly(item, folder)
            for place, item in enumerate(self.pool)
        ]

    def _partly(self, item: ImageItem, folder: Path) -> ImageItem:
        asked = self.cells.get(item.id)
        if not asked:
            return blank(item)
        path = folder / f"{item.id}.png"
        write_bytes(path, index_png(self._canvas(item, asked)))
        patch = Patch(path=str(path.resolve()), left=0, top=0, width=item.width, height=item.height)
        return blank(item).model_copy(update={"patches": [patch]})

    def _canvas(self, item: ImageItem, asked: Iterable[Cell]) -> Mask:
        truth, canvas = read_labels(item), np.full((item.height, item.width), NOT_ASKED, np.uint8)
        for place in self._places(item, asked):
            canvas[place] = truth[place]
        return canvas

    def _places(self, item: ImageItem, asked: Iterable[Cell]) -> Iterable[tuple[slice, slice]]:
        for cell in asked:
            left, top, width, height = box(cell, (item.height, item.width), self.cell_px)
            yield slice(top, top + height), slice(left, left + width)

    def cost(self) -> Cost:
        """Of all labels so far."""
        whole = sum((cost_of_image(self.pool[place]) for place in sorted(self.whole)), Cost())
        parts = (self._cost(item) for item in self.pool if item.id in self.cells)
        return sum(parts, whole)

    def _cost(self, item: ImageItem) -> Cost:
        truth = read_labels(item)
        masks = [truth[place] for place in self._places(item, self.cells[item.id])]
        return sum(map(_cost_of_mask, masks), Cost())


def blank(item: ImageItem) -> ImageItem:
    """The image without its labels."""
    return item.model_copy(update={"mask_path": None, "patches": []})


@cache
def _cost_of_file(path: str, width: int, height: int) -> Cost:
    item = ImageItem(id="", path=path, width=width, height=height, mask_path=path)
    return _cost_of_mask(read_labels(item))


def cost_of_image(item: ImageItem) -> Cost:
    """Of labelling the whole image; an image counts as one region."""
    assert item.mask_path is not None
    return _cost_of_file(item.mask_path, item.width, item.height)


def _cost_of_mask(mask: Mask) -> Cost:
    known = np.count_nonzero((mask != VOID) & (mask != NOT_ASKED))
    return Cost(1, mask.size, int(known), clicks(mask))
