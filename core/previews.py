"""What a cycle would ask for, before it is opened: the select stage's own choice, on what the
newest scored cycle of the project left in the store.

Nothing is written. The next model will score anew, so this is an estimate, and says of what age;
where nothing was scored yet, the regions are spread at random as in a cold start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import numpy as np
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from core import cycles, manifests, partial, plans, shards
from core.errors import BudgetExceedsPool, TesseraError, Unavailable
from core.grids import Cells, Grids, Known
from core.models import Cycle, Job, Model, Project
from core.plans import Plan
from core.shards import ScoreFiles
from core.store import Store
from ml import choosing
from ml.choosing import Pool
from ml.errors import Failure
from ml.selection import Choice, Relaxation

# As many are looked at before one decides.
SHOWN = 24


@dataclass(frozen=True)
class Basis:
    """Whose scores these are; `labels_since` were accepted after its manifest was frozen, and
    `images_without_scores` came after it, so they are left out where scores decide."""

    cycle_id: int
    cycle_number: int
    model_id: int
    acquisition: str
    network: str
    scored_at: datetime
    labels_since: int
    images_without_scores: int


@dataclass(frozen=True)
class Preview:
    """`classes` are expected shares by class value; `seconds` go by what past clicks took.

    `spread` has how many images give one region, two, and so on. `clicks_from` says whether
    clicks were predicted for these very regions or are the mean of past labels. `first` are the
    cells that people would get first, as places in their images.
    """

    cold_start: bool
    seed: int
    basis: Basis | None
    regions: int
    random_regions: int
    pixels: int
    share: float
    images: int
    spread: dict[int, int]
    classes: dict[int, float] | None
    clicks: float | None
    clicks_from: Literal["predictions", "labels"] | None
    seconds: float | None
    relaxed: Sequence[Relaxation]
    first: Sequence["Cell"]


class Cell(NamedTuple):
    """A cell of an image, in native pixels, and whether it was drawn at random."""

    image_id: int
    left: int
    top: int
    width: int
    height: int
    random: bool


def preview(db: Session, store: Store, project: Project, plan: Plan) -> Preview:
    """What `cycles.start` would lead to. Raises what that raises, except that an open cycle is no
    hindrance: what it asks counts as answered. Raises Unavailable when scores cannot be read."""
    plans.check_strategy(project, plan.strategy)
    partial.count(db, store, project)
    budget = plans.budget_regions(db, project, plan)
    summary = manifests.summary(db, project.id)
    cold = not summary["teaches"]
    plans.refuse_nothing(budget, cold=cold)
    past = manifests.region_cost(db, manifests.current_labels(project.id))
    grids = Grids.of(db, project)
    scored = None if cold else newest_scored(db, project.id)
    turn = cycles.next_number(db, project)
    try:
        known = Known.read(store, scored.files, grids) if scored else None
        choice, chosen = _choose(grids, known, budget, (plan, turn))
    except Failure as error:
        raise _refusal(error, budget) from None
    return Preview(
        cold_start=cold,
        seed=plan.seed or 0,
        basis=_basis(scored, len(grids.ids) - len(known.positions), summary)
        if scored and known
        else None,
        relaxed=choice.relaxed,
        regions=len(chosen),
        random_regions=sum(pick.source == "random" for pick in choice.picks),
        **_extent(grids, chosen, summary["pool_px"]),
        **_expected(chosen, grids, known, past),
        first=_first(grids, choice, chosen),
    )


class Scored(NamedTuple):
    """A cycle, the model that scored, what it left of each part of the pool, and when it was
    done."""

    cycle: Cycle
    model: Model
    scored_at: datetime
    files: Sequence[ScoreFiles]


def newest_scored(db: Session, project_id: int) -> Scored | None:
    """The newest cycle whose cells were all scored."""
    done = func.bool_and(Job.state == "succeeded")
    kept = func.bool_or(Job.result["cells"].as_string().is_not(None))
    found = (
        select(Cycle, Model, func.max(Job.finished_at))
        .join(Job, Job.cycle_id == Cycle.id)
        .join(Model, Model.cycle_id == Cycle.id)
        .where(Cycle.project_id == project_id, Job.kind == "score")
        .group_by(Cycle.id, Model.id)
        .having(and_(done, kept))
        .order_by(Cycle.number.desc())
    )
    row = db.execute(found.limit(1)).first()
    if row is None:
        return None
    cycle, model, scored_at = row
    assert scored_at is not None
    return Scored(cycle, model, scored_at, shards.files_of(db, cycle.id))


def _basis(scored: Scored, unscored: int, summary: dict[str, Any]) -> Basis:
    cycle, model, scored_at, _ = scored
    return Basis(
        cycle_id=cycle.id,
        cycle_number=cycle.number,
        model_id=model.id,
        acquisition=cycle.strategy["acquisition"],
        network=cycle.strategy["network"],
        scored_at=scored_at,
        labels_since=summary["regions"] - cycle.manifest_summary["regions"],
        images_without_scores=unscored,
    )


def _choose(
    grids: Grids, known: Known | None, budget: int, how: tuple[Plan, int]
) -> tuple[Choice, Cells]:
    """The choice, and its cells as (image, row, column); images by their place in `grids`."""
    plan, turn = how
    random = known is None or plan.strategy.acquisition == "random"
    strategy = plan.strategy.model_copy(update={"acquisition": "random"} if random else {})
    if random or known is None:
        places, pool = np.arange(len(grids.ids)), Pool(grids.opened)
    else:
        places = np.asarray(known.positions, dtype=np.int64)
        pool = Pool([grids.opened[i] for i in known.positions], known.scores, known.facts)
    choice = choosing.choose(pool, budget, strategy, turn=turn, seed=plan.seed or 0)
    cells = [(places[pick.image], pick.row, pick.col) for pick in choice.picks]
    return choice, np.array(cells, dtype=np.int64).reshape(-1, 3)


def _first(grids: Grids, choice: Choice, chosen: Cells) -> list[Cell]:
    side = grids.cell_px
    found = zip(choice.picks[:SHOWN], chosen[:SHOWN].tolist(), strict=True)
    return [
        Cell(
            grids.ids[image],
            column * side,
            row * side,
            min(side, int(grids.sizes[image, 1]) - column * side),
            min(side, int(grids.sizes[image, 0]) - row * side),
            pick.source == "random",
        )
        for pick, (image, row, column) in found
    ]


def _extent(grids: Grids, chosen: Cells, pool_px: int) -> dict[str, Any]:
    pixels = int(grids.areas(chosen).sum())
    per_image = np.bincount(chosen[:, 0])
    counts, images = np.unique(per_image[per_image > 0], return_counts=True)
    return {
        "pixels": pixels,
        "share": pixels / pool_px,
        "images": int(images.sum()),
        "spread": dict(zip(counts.tolist(), images.tolist(), strict=True)),
    }


def _expected(
    chosen: Cells, grids: Grids, known: Known | None, past: dict[str, Any]
) -> dict[str, Any]:
    """Classes and clicks as the model predicts them, else clicks as past labels took them."""
    each = past["clicks"] / past["regions"] if past["regions"] else None
    clicks, origin = None if each is None else each * len(chosen), "labels" if each else None
    classes = None
    if known is not None and len(chosen):
        places, inside = known.places(chosen)
        if inside.any():
            classes = known.mix(places, grids.areas(chosen[inside]))
            # Images that came later have the mean of the others.
            clicks = float(known.facts.clicks[0, places].mean()) * len(chosen)
            origin = "predictions"
    pace = past["active_s"] / past["clicks"] if past["active_s"] and past["clicks"] else None
    return {
        "classes": classes,
        "clicks": None if clicks is None else round(clicks, 1),
        "clicks_from": origin,
        "seconds": None if clicks is None or pace is None else round(clicks * pace, 1),
    }


def _refusal(error: Failure, budget: int) -> TesseraError:
    if error.error_class == "budget_exceeds_pool":
        return BudgetExceedsPool(f"{str(error).capitalize()}.", budget=budget)
    return Unavailable(f"The scores of the newest scored cycle cannot be used: {error}.")
