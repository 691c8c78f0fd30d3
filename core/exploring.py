"""Looking at images: which ones, what is labelled in them, what the model of a cycle made of them.

Scores and expected classes of the pool are by cell, as the score stage left them; what a model saw
in val and test images is by pixel, as the evaluate stage left it.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from safetensors.numpy import load_file
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import manifests, neighbours, paging, shards, stages
from core.boxes import Box
from core.errors import NotFound
from core.masks import Mask
from core.models import Cycle, Image, Job, Label, Region
from core.paging import Page
from core.previews import newest_scored
from core.store import Store
from ml import facts
from ml.cells import grid

Labelled = Literal["none", "some", "whole"]
# Of a class, so much has to be expected somewhere in an image for it to be found by that class.
LEAST_SHARE = 0.01


class Wanted(NamedTuple):
    """Which images, and in which order."""

    split: str | None = None
    labelled: Labelled | None = None
    class_value: int | None = None
    order: Literal["name", "score"] = "name"


class Seen(NamedTuple):
    """An image in a list: the share of its pixels that is labelled, and its mean score."""

    image: Image
    labelled_share: float
    score: float | None


class Cells(NamedTuple):
    """(rows, columns) of an image's grid: the score (-1: closed) and the likeliest class."""

    scores: list[list[float]]
    classes: list[list[int]]


def page(
    db: Session,
    store: Store,
    project_id: int,
    wanted: Wanted,
    *,
    limit: int,
    cursor: str | None,
) -> Page:
    """One page of Seen: by id, or those with the highest mean score in the newest scored cycle."""
    query = _filtered(project_id, wanted.split, wanted.labelled)
    if wanted.class_value is not None:
        some = _with_class(db, store, project_id, wanted.class_value)
        query = query.where(Image.id.in_(some))
    scores = mean_scores(db, store, project_id)
    if wanted.order == "score":
        found = _ranked(db, query, scores, limit=limit, cursor=cursor)
    else:
        found = paging.page(db, query, Image.id, limit=limit, cursor=cursor)
    shares = _shares(db, found.items)
    seen = [Seen(each, shares.get(each.id, 0.0), scores.get(each.id)) for each in found.items]
    return found._replace(items=seen)


def _ranked(
    db: Session, query: Any, scores: dict[int, float], *, limit: int, cursor: str | None
) -> Page:
    """The highest mean score first, images without one last."""
    ids = sorted(db.scalars(query.with_only_columns(Image.id)), key=lambda i: -scores.get(i, -1.0))
    part = paging.slice_of(ids, limit=limit, cursor=cursor)
    rows = {each.id: each for each in db.scalars(select(Image).where(Image.id.in_(part.items)))}
    return part._replace(items=[rows[each] for each in part.items])


def _filtered(project_id: int, split: str | None, labelled: Labelled | None) -> Any:
    found = select(Image).where(Image.project_id == project_id)
    if split is not None:
        found = found.where(Image.split == split)
    if labelled is None:
        return found
    if labelled == "whole":
        return found.where(Image.is_whole)
    parts = Image.mask_px.is_not(None) | _a_labelled_region().is_not(None)
    return found.where(~Image.is_whole, parts if labelled == "some" else ~parts)


def _a_labelled_region() -> Any:
    """Of the image, by its index. What EXISTS asks for, PostgreSQL would look for at once in all
    regions of all projects, where a page wants the first few images."""
    some = select(Region.id).where(
        Region.image_id == Image.id, Region.state == "labelled", Region.purpose == "label"
    )
    return some.limit(1).scalar_subquery()


def _shares(db: Session, images: Sequence[Image]) -> dict[int, float]:
    """The labelled share of each image; a mask of its own is all of it, unless it leaves some."""
    ids = [each.id for each in images if not each.is_whole]
    counted = (
        select(Region.image_id, func.sum(manifests.apart_px()))
        .join(Image, Image.id == Region.image_id)
        .join(Label, Label.id == Region.label_id)
        .where(Region.image_id.in_(ids), Region.state == "labelled", Region.purpose == "label")
    )
    pixels = {row[0]: int(row[1]) for row in db.execute(counted.group_by(Region.image_id))}
    return {
        each.id: 1.0
        if each.is_whole
        else ((each.mask_px or 0) + pixels.get(each.id, 0)) / (each.width * each.height)
        for each in images
    }


def mean_scores(db: Session, store: Store, project_id: int) -> dict[int, float]:
    """The mean score of each image's open cells in the newest scored cycle; empty without one."""
    found: dict[int, float] = {}
    if scored := newest_scored(db, project_id):
        for each in scored.files:
            found |= _means(str(store.path(each.scores)))
    return found


@lru_cache(maxsize=shards.MOST)
def _means(path: str) -> dict[int, float]:
    """Files under their hash never change."""
    found = {}
    for name, cells in load_file(path).items():
        opened = cells[cells >= 0]
        if opened.size:
            found[int(name)] = float(opened.mean())
    return found


def _with_class(db: Session, store: Store, project_id: int, value: int) -> list[int]:
    """Images in which the class is expected: by the cells of the pool, by the truth elsewhere."""
    found: list[int] = []
    if scored := newest_scored(db, project_id):
        for each in scored.files:
            found += _expected(str(store.path(each.cells)), value) if each.cells else []
    measured = newest_measured(db, project_id)
    if measured is not None:
        rows = confusions(db, store, measured)
        found += [image for image, told in rows.items() if any(row[0] == value for row in told)]
    return found


@lru_cache(maxsize=32)
def _expected(path: str, value: int) -> list[int]:
    kept = load_file(path)
    shares = np.where(kept["classes"] == value, kept["shares"], 0).sum(axis=0).ravel() / 255
    found, start = [], 0
    for name, (rows, columns) in facts.shapes(Path(path)).items():
        cells = shares[start : start + rows * columns]
        start += rows * columns
        if cells.size and cells.mean() >= LEAST_SHARE:
            found.append(int(name))
    return found


def newest_measured(db: Session, project_id: int) -> Cycle | None:
    """The newest cycle whose model was judged image by image."""
    found = select(Cycle).join(Job, Job.cycle_id == Cycle.id)
    found = found.where(Cycle.project_id == project_id, Job.kind == "evaluate")
    found = found.where(Job.result["confusions"].as_string().is_not(None))
    return db.scalar(found.order_by(Cycle.number.desc()).limit(1))


def labels(db: Session, store: Store, image: Image) -> Mask:
    """(height, width): what is labelled now, NOT_ASKED elsewhere."""
    window = Box(0, 0, image.width, image.height)
    found = neighbours.patches(db, None, image, window)
    return neighbours.paint(store, found, window, Box(0, 0, 0, 0))


def cells(db: Session, store: Store, cycle: Cycle, image: Image, *, cell_px: int) -> Cells:
    """What the cycle's score stage left of the image. Raises NotFound."""
    wanted = [(str(image.id), grid(image.height, image.width, cell_px))]
    [(_, shape)] = wanted
    for each in shards.files_of(db, cycle.id, image.id):
        path = store.path(each.cells) if each.cells else None
        if path and facts.shapes(path).get(str(image.id)) == shape:
            scores = facts.read_scores([store.path(each.scores)], wanted)[0]
            classes = facts.read([path], wanted).classes[0].reshape(shape)
            return Cells(np.round(scores.astype(float), 5).tolist(), classes.tolist())
    raise NotFound(f"Cycle {cycle.number} has no scores of image {image.id}.")


def prediction_key(db: Session, cycle: Cycle, image: Image) -> str:
    """Where the mask lies that the cycle's model predicted of a val or test image. NotFound."""
    left = stages.result_of(db, cycle.id, "evaluate") or {}
    key = left.get("predictions", {}).get(str(image.id))
    if key is None:
        raise NotFound(
            f"Cycle {cycle.number} kept no prediction of image {image.id}: only of val and test "
            f"images, the first {facts.MASKS_KEPT} of each, whose model it has measured."
        )
    return str(key)


def confusions(db: Session, store: Store, cycle: Cycle) -> dict[int, list[list[int]]]:
    """By image, [truth, predicted, pixels] of the cycle's model; empty if it was not judged so."""
    left = stages.result_of(db, cycle.id, "evaluate") or {}
    return read_confusions(str(store.path(left["confusions"]))) if "confusions" in left else {}


@lru_cache(maxsize=8)
def read_confusions(path: str) -> dict[int, list[list[int]]]:
    """By image, [truth, predicted, pixels]: the file that an evaluate stage left."""
    with open(path, "rb") as file:
        return {int(name): rows for name, rows in json.load(file).items()}


def accuracy(told: Sequence[Sequence[int]]) -> float | None:
    """The share of an image's pixels that were right."""
    total = sum(row[2] for row in told)
    return sum(row[2] for row in told if row[0] == row[1]) / total if total else None


def mistaken(
    db: Session, store: Store, cycle: Cycle, *, split: str, pair: tuple[int, int]
) -> list[tuple[Image, int, float | None]]:
    """Images with pixels of the first class taken for the second: how many, and the share of all
    pixels that is right; most first."""
    told = confusions(db, store, cycle)
    counted = {
        image: sum(row[2] for row in rows if (row[0], row[1]) == pair)
        for image, rows in told.items()
    }
    some = [image for image, pixels in counted.items() if pixels]
    rows = db.scalars(select(Image).where(Image.id.in_(some), Image.split == split))
    found = [(each, counted[each.id], accuracy(told[each.id])) for each in rows]
    return sorted(found, key=lambda each: -each[1])


def regions(db: Session, image: Image, *, limit: int, cursor: str | None) -> Page:
    """The regions of the image that cycles have asked for, the oldest first."""
    found = select(Region).where(Region.image_id == image.id, Region.purpose == "label")
    return paging.page(db, found, Region.id, limit=limit, cursor=cursor)
