"""Makers of rows for tests: each goes through the real functions, in a transaction of its own.

`act` runs any function of core so. What they return is detached, as in the service between two
requests; a lease is loaded anew by whatever acts on it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import cycles, jobs, labels, masks, models, pixels, projects, regions, stages, users
from core.db import transaction
from core.jobs import Claim
from core.masks import VOID, Mask
from core.models import Cycle, Event, Image, Job, Label, Lease, Project, Region, User
from core.plans import Plan
from core.projects import ClassSpec
from core.regions import Leased
from core.settling import Effort, Settled
from core.stages import SplitResult, TrainedModel
from core.store import open_store

CELL_PX = 10
CLASSES = ("sky", "road", "car")
# What `evaluate` says of a model: the mean over the two classes that occur.
MIOU = (2 / 3 + 0.75) / 2
RECIPE = {"name": "supervised-cpu", "overrides": {}}

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_numbers = count(1)
_shared: ContextVar[Session | None] = ContextVar("shared", default=None)


@contextmanager
def at_once() -> Iterator[None]:
    """What is done inside is committed together, in a third of the time."""
    with transaction() as db:
        kept = _shared.set(db)
        try:
            yield
        finally:
            _shared.reset(kept)


def act(function: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` with a session of its own, and commit."""
    if (shared := _shared.get()) is not None:
        return function(shared, *args, **kwargs)
    with transaction() as db:
        return function(db, *args, **kwargs)


def act_on(
    function: Callable[Concatenate[Session, T, P], R], row: T, /, *args: P.args, **kwargs: P.kwargs
) -> R:
    """The same, for a function whose second argument is a row: it is loaded first."""
    with transaction() as db:
        found = db.get_one(type(row), row.id)  # type: ignore[attr-defined]
        return function(db, found, *args, **kwargs)


def sql(statement: str, **values: Any) -> None:
    """Write behind the back of the rules, as time and accidents do."""
    with transaction() as db:
        db.execute(text(statement), values)


def user(*, is_admin: bool = False) -> User:
    return act(users.create, name=f"user-{next(_numbers)}", is_admin=is_admin)


def project(by: User, *, cell_px: int = CELL_PX) -> Project:
    classes = [ClassSpec(value, name, "#808080") for value, name in enumerate(CLASSES)]
    return act(
        projects.create,
        name=f"project-{next(_numbers)}",
        title="",
        cell_px=cell_px,
        classes=classes,
        recipe=RECIPE,
        by=by,
    )


def picture(width: int = 40, height: int = 30, seed: int | None = None) -> pixels.Pixels:
    """(height, width, 3) noise, another one each time unless seeded."""
    random = np.random.default_rng(next(_numbers) if seed is None else seed)
    return random.integers(0, 256, (height, width, 3), np.uint8)


def image(
    of: Project, *, split: str = "pool", size: tuple[int, int] = (40, 30), mask: Mask | None = None
) -> Image:
    """An image of `size` (width, height) whose pixels lie in the store."""
    shown, store = picture(*size), open_store()
    row = Image(
        project_id=of.id,
        name=f"image-{next(_numbers)}",
        split=split,
        width=size[0],
        height=size[1],
        sha256=pixels.fingerprint(shown),
        key=store.put(pixels.to_png(shown)),
        mask_key=None if mask is None else store.put(masks.to_png(mask)),
        mask_clicks=0 if mask is None else 7,
        mask_px=None if mask is None else masks.asked_px(mask),
    )
    with transaction() as db:
        db.add(row)
    return row


def more_images(like: Image, number: int) -> None:
    """So many rows beside one that is there, all with its pixels."""
    kept = ("project_id", "split", "width", "height", "key")
    same = {name: getattr(like, name) for name in kept}
    with transaction() as db:
        for _ in range(number):
            made = next(_numbers)
            db.add(Image(**same, name=f"image-{made}", sha256=f"{made:064x}"))


def cycle(of: Project, by: User, plan: Plan) -> Cycle:
    """A started cycle."""
    return act(cycles.start, open_store(), of, plan, by=by)


def pending(of: Cycle) -> Job:
    """The cycle's stage that waits."""
    with transaction() as db:
        return next(job for job in cycles.stage_jobs(db, of.id) if job.state == "pending")


def claim(job: Job) -> Claim:
    """A worker's claim on a job that is free."""
    held = act(jobs.claim, job.id, worker="tests:1")
    assert held is not None
    return held


def train(of: Cycle) -> None:
    """Let a worker finish the train stage."""
    card, store = {"classes": list(CLASSES)}, open_store()
    weights = store.put(f"weights of cycle {of.id}".encode())
    model = TrainedModel(weights, store.put(json.dumps(card).encode()), card, 21)
    act(stages.trained, claim(pending(of)), model)


def evaluate(of: Cycle, *, split: str = "val") -> None:
    """Let a worker finish the evaluate stage."""
    result = SplitResult(split, 1, [[2, 1, 0], [0, 3, 0], [0, 0, 0]], [2 / 3, 0.75, None], MIOU)
    act(stages.evaluated, claim(pending(of)), [result])


def score(of: Cycle) -> None:
    """Let a worker finish the score stage."""
    keys = {name: open_store().put(name.encode()) for name in ("scores_key", "cells_key")}
    act(stages.scored, claim(pending(of)), **keys)


def select(of: Cycle, rows: Sequence[dict[str, Any]]) -> None:
    """Let a worker finish the select stage with these regions."""
    act(stages.selected, claim(pending(of)), list(rows), [])


def cells(of: Cycle, on: Image, number: int, *, first: int = 0) -> list[dict[str, Any]]:
    """Region rows for `number` cells of an image, row by row from cell `first`."""
    columns = -(-on.width // CELL_PX)
    places = [divmod(first + i, columns) for i in range(number)]
    return [
        {
            "project_id": of.project_id,
            "cycle_id": of.id,
            "image_id": on.id,
            "cell_row": row,
            "cell_col": column,
            "left": column * CELL_PX,
            "top": row * CELL_PX,
            "width": min(CELL_PX, on.width - column * CELL_PX),
            "height": min(CELL_PX, on.height - row * CELL_PX),
            "rank": rank,
            "score": 1.0 - rank / 100,
            "source": "score",
            "suggestion_key": None,
            "confidence_key": None,
        }
        for rank, (row, column) in enumerate(places)
    ]


def suggested(of: Cycle, on: Image, number: int, *, value: int = 2) -> list[dict[str, Any]]:
    """The same, each with a suggestion of one value everywhere."""
    store = open_store()
    keys = {
        "suggestion_key": store.put(masks.to_png(whole_mask(CELL_PX, CELL_PX, value=value))),
        "confidence_key": store.put(masks.to_png(whole_mask(CELL_PX, CELL_PX, value=200))),
        "top_classes": [{"value": value, "share": 0.8}, {"value": 0, "share": 0.15}],
    }
    return [row | keys for row in cells(of, on, number)]


def labelling(of: Project, by: User, *, number: int = 4, auto: bool = False) -> Cycle:
    """A cycle whose queue has opened, with `number` regions on an image of its own."""
    on = image(of, size=(40, -(-number // 4) * CELL_PX))
    started = cycle(of, by, Plan(regions=number, auto=auto))
    if started.state == "training":
        train(started)
        score(started)
    select(started, cells(started, on, number))
    return fresh(started)


def fresh(row: T) -> T:
    """The row as it is now; also of the plain values that a lease comes with."""
    kind = type(row)
    with transaction() as db:
        stands_for = getattr(models, kind.__name__.removesuffix("Row"), kind)
        return db.get_one(stands_for, row.id)  # type: ignore[attr-defined, no-any-return]


def events(of: Cycle) -> list[str]:
    """The kinds of the cycle's events, as they happened."""
    with transaction() as db:
        found = db.query(Event).filter_by(cycle_id=of.id).order_by(Event.id)
        return [event.kind for event in found]


def lease(of: Project, by: User, *, number: int = 1, session: str = "s") -> list[Leased]:
    """The next regions of the queue."""
    held, _ = act(regions.lease, project_id=of.id, user=by, session=session, count=number)
    return list(held)


def on_lease(action: Callable[..., T], held: Lease, **values: Any) -> T:
    """Let the lease's holder do something with it: renew, release, skip."""
    with transaction() as db:
        holder = users.get(db, held.user_id)
        return action(db, regions.own_lease(db, held.id, holder), **values)


def submit(held: Leased, value: int = 0, *, effort: Effort | None = None) -> Label | Settled:
    """Label the leased region with one value everywhere; 255 is void."""
    return submit_mask(held, plain(held.region, value), effort=effort)


def submit_mask(
    held: Leased, mask: Mask, *, effort: Effort | None = None, origins: Mask | None = None
) -> Label | Settled:
    effort, region_id = effort or Effort(), held.region.id
    return on_lease(
        _submit, held.lease, region_id=region_id, mask=mask, effort=effort, origins=origins
    )


def _submit(db: Session, held: Lease, **values: Any) -> Label | Settled:
    return labels.submit(db, open_store(), held, **values)


def plain(of: Region, value: int) -> Mask:
    return masks.filled(value, labels.size_of(of), range(len(CLASSES)))


def whole_mask(width: int = 40, height: int = 30, value: int = VOID) -> Mask:
    return np.full((height, width), value, np.uint8)


def run_out(held: Lease) -> None:
    """Let the lease's time pass."""
    sql("UPDATE regions SET lease_until = now() - interval '1 s' WHERE id = :id", id=held.region_id)
