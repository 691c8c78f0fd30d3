"""What a cycle is asked to do, and how many cells of the pool there are to ask.

The pool has no row per cell, so its size costs nothing: cells are counted from the images' sizes.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import manifests, projects
from core.errors import BudgetExceedsPool, Invalid, NothingLabelled, ProjectEmpty, StrategyRefused
from core.models import Image, Project, Region
from ml.strategy import NEED_BOTH, Strategy


@dataclass(frozen=True)
class Plan:
    """What a cycle is asked to do: `regions`, a `share` of the pool's pixels, `pixels`, or active
    `hours` by the pace of past labels; one of them. 0 only measures.

    The share `without_suggestion` (0 to 1) of its regions is asked without the model's. With
    `control` its recipe is also trained on what was drawn at random alone (`core/control_runs.py`).
    """

    regions: int | None = None
    share: float | None = None
    pixels: int | None = None
    hours: float | None = None
    strategy: Strategy = field(default_factory=Strategy)
    auto: bool = False
    evaluate_test: bool = False
    without_suggestion: float = 0.0
    control: bool = False
    seed: int | None = None


def budget_regions(db: Session, project: Project, plan: Plan) -> int:
    """The plan's budget in regions. Raises ProjectEmpty, Invalid, BudgetExceedsPool."""
    pool = open_cells(db, project)
    if pool.images == 0:
        raise ProjectEmpty("The project has no pool images; import some first.")
    wanted = _wanted(db, project, plan, pool)
    if wanted < 0:
        raise Invalid(f"Expected a budget of 0 or more; {wanted} regions were asked for.")
    if wanted > pool.cells:
        raise BudgetExceedsPool(
            f"The budget is {wanted} regions and the pool has {pool.cells} open cells; "
            "ask for at most that many.",
            budget=wanted,
            open_cells=pool.cells,
        )
    return wanted


def _wanted(db: Session, project: Project, plan: Plan, pool: "Pool") -> int:
    given = (plan.regions, plan.share, plan.pixels, plan.hours)
    if sum(each is not None for each in given) != 1:
        raise Invalid("Expected a budget of one of `regions`, `share`, `pixels`, `hours`.")
    if plan.regions is not None:
        return plan.regions
    if plan.hours is not None:
        return _regions_in(db, project, plan.hours)
    pixels = plan.pixels if plan.pixels is not None else _share(plan.share) * pool.pixels
    return math.ceil(pixels / project.cell_px**2)


def _regions_in(db: Session, project: Project, hours: float) -> int:
    """How many regions people label in so many active hours, at their pace so far."""
    past = manifests.region_cost(db, manifests.current_labels(project.id))
    if not past["active_s"]:
        raise Invalid(
            "A budget in hours needs the pace of past labels, and no time was measured yet; give "
            "this one as `regions`, `share` or `pixels`."
        )
    per_second: float = past["regions"] / past["active_s"]
    return math.floor(hours * 3600 * per_second)


def refuse_nothing(budget: int, *, cold: bool) -> None:
    """Raises NothingLabelled for a cycle that could neither train nor ask."""
    if cold and budget == 0:
        raise NothingLabelled("A budget of 0 trains and evaluates only; label some regions first.")


def check_strategy(project: Project, strategy: Strategy) -> None:
    """Raises StrategyRefused where the recipe's models lack what the strategy compares."""
    recipe = projects.checked_recipe(project.recipe)
    if strategy.acquisition in NEED_BOTH and not recipe.has_teacher:
        raise StrategyRefused(
            f"{strategy.acquisition} compares a teacher with its student, and {recipe.method} "
            f"(recipe {recipe.name}) trains one network; score by entropy, or give the project a "
            "recipe with a teacher.",
            acquisition=strategy.acquisition,
            method=recipe.method,
        )


def _share(share: float | None) -> float:
    if share is None or not 0 <= share <= 1:
        raise Invalid(f"Expected a share of 0 to 1 of the pool's pixels; given {share}.")
    return share


@dataclass(frozen=True)
class Pool:
    """Counts over the pool: images, their pixels, and the cells that may still be asked."""

    images: int
    pixels: int
    cells: int


def open_cells(db: Session, project: Project) -> Pool:
    """Count, without a row per cell: every cell that is not settled and that no mask labels.

    Images whose mask leaves something are counted by what `core.partial` has noted down.
    """
    rows = func.ceil(Image.height * 1.0 / project.cell_px)
    columns = func.ceil(Image.width * 1.0 / project.cell_px)
    unmasked = func.sum(rows * columns).filter(Image.mask_key.is_(None))
    images, pixels, cells = db.execute(
        select(func.count(), func.sum(Image.width * Image.height), unmasked).where(
            Image.project_id == project.id, Image.split == "pool"
        )
    ).one()
    # A mask that came later settles cells of its image, some that were settled included.
    cells_of_unmasked = (
        settled_cells(project.id)
        .join(Image, Image.id == Region.image_id)
        .where(Image.mask_key.is_(None) | (manifests.left_in_cell(project.cell_px) > 0))
    )
    settled = select(func.count()).select_from(cells_of_unmasked.subquery())
    found = int(cells or 0) + _left_by_masks(db, project.id) - (db.scalar(settled) or 0)
    return Pool(images, int(pixels or 0), found)


def _left_by_masks(db: Session, project_id: int) -> int:
    """Cells that masks of parts of images leave open."""
    each = select(func.unnest(Image.cells_left).label("pixels"))
    pool = each.where(Image.project_id == project_id, Image.split == "pool").subquery()
    return db.scalar(select(func.count()).where(pool.c.pixels > 0)) or 0


def settled_cells(project_id: int) -> Any:
    """Image, row and column of each cell that people have dealt with."""
    return cells_in(project_id, "labelled", "skipped")


def cells_in(project_id: int, *states: str) -> Any:
    """Image, row and column of each cell that is a region in one of these states, or whose label
    was sent back."""
    return (
        select(Region.image_id, Region.cell_row, Region.cell_col)
        .where(Region.project_id == project_id, Region.purpose == "label")
        .where(Region.state.in_(states) | (Region.state == "open") & Region.label_id.is_not(None))
        .distinct()
    )
