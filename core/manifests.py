"""Manifests: the frozen list of labels that a cycle trains on, as a file under its digest.

The summary kept in the cycle's row says what these labels cover and what they took from people.
"""

import json
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, func, select
from sqlalchemy.orm import Session

from core.models import Image, Label, Project, Region
from core.store import Store, content_key, digest_key


class Manifest(NamedTuple):
    """`summary` has pixels, costs and counts; `digest` is the SHA-256 of the file."""

    digest: str
    summary: dict[str, Any]


def freeze(db: Session, store: Store, project_id: int) -> Manifest:
    """Write the manifest of all labels accepted so far."""
    rows: dict[str, Any] = {
        "images": _whole_images(db, project_id),
        "labels": _labels(db, project_id),
    }
    if tags := _tags(db, project_id):
        rows["tags"] = tags
    data = json.dumps(rows, separators=(",", ":"), sort_keys=True).encode()
    store.put(data)
    return Manifest(digest_of(data), summary(db, project_id))


def digest_of(data: bytes) -> str:
    """The hexadecimal SHA-256 of a manifest's bytes."""
    return content_key(data).removeprefix("sha256/").replace("/", "")


def read(store: Store, digest: str) -> dict[str, Any]:
    """The manifest's `images` (with masks of their own), `labels` (of regions), and `tags` of
    images if there are any."""
    manifest: dict[str, Any] = json.loads(store.read(digest_key(digest)))
    return manifest


def _whole_images(db: Session, project_id: int) -> list[dict[str, Any]]:
    found = db.execute(_known_of_images(project_id, Image.mask_key))
    return [{"image": image_id, "mask": key} for image_id, key in found]


def _tags(db: Session, project_id: int) -> list[dict[str, Any]]:
    found = db.execute(_known_of_images(project_id, Image.tags))
    return [{"tagged": image_id, "tags": tags} for image_id, tags in found]


def _known_of_images(project_id: int, column: Any) -> Select[Any]:
    """The column of the pool's images that have it, by the image's id."""
    return (
        select(Image.id, column)
        .where(Image.project_id == project_id, Image.split == "pool", column.is_not(None))
        .order_by(Image.id)
    )


def current_labels(project_id: int, *columns: Any) -> Select[Any]:
    """The newest accepted label of each labelled region."""
    return (
        select(*columns)
        .select_from(Region)
        .join(Label, Label.id == Region.label_id)
        .where(Region.project_id == project_id, Region.state == "labelled")
        .where(Region.purpose == "label")
    )


def _labels(db: Session, project_id: int) -> list[dict[str, Any]]:
    columns = (
        Region.id.label("region"),
        Region.image_id.label("image"),
        Region.left,
        Region.top,
        Region.width,
        Region.height,
        Label.id.label("label"),
        Label.mask_key.label("mask"),
    )
    found = current_labels(project_id, *columns).order_by(Region.id)
    return [dict(row) for row in db.execute(found).mappings()]


def _total(column: Any) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


def summary(db: Session, project_id: int) -> dict[str, Any]:
    """What the labels accepted so far cover, and what they took from people."""
    area = Image.width * Image.height
    masked = func.coalesce(Image.mask_px, area)
    pool = select(_total(area)).where(Image.project_id == project_id, Image.split == "pool")
    pool_px = int(db.scalar(pool) or 0)
    whole = db.execute(
        select(func.count(), _total(masked), _total(Image.mask_clicks))
        .where(Image.project_id == project_id, Image.split == "pool")
        .where(Image.mask_key.is_not(None))
    ).one()
    cost = region_cost(db, current_labels(project_id))
    annotated_px = int(whole[1]) + _apart_px(db, project_id)
    class_px = db.scalar(current_labels(project_id, _total(Label.labelled_px)))
    return {
        "images": whole[0],
        "regions": cost["regions"],
        "pool_px": pool_px,
        "labelled_px": annotated_px,
        # Void teaches nothing: without a pixel of a class there is nothing to train on.
        "teaches": bool(whole[0] or class_px),
        "labelled_share": annotated_px / pool_px if pool_px else 0.0,
        "cost": cost | {"clicks": int(whole[2]) + cost["clicks"], "pixels": annotated_px},
    }


def _apart_px(db: Session, project_id: int) -> int:
    found = current_labels(project_id).join(Image, Image.id == Region.image_id)
    return int(db.scalar(found.with_only_columns(_total(apart_px()))) or 0)


def apart_px() -> ColumnElement[int]:
    """Pixels of a region's label that no mask of its image labels: a pixel counts once. Where a
    mask leaves a part of the cell, as many as it leaves at most."""
    given = Label.labelled_px + Label.void_px
    cell = select(Project.cell_px).where(Project.id == Region.project_id).scalar_subquery()
    left = func.coalesce(left_in_cell(cell), 0)
    return case((Image.mask_key.is_(None), given), else_=func.least(given, left))


def left_in_cell(cell_px: Any) -> ColumnElement[int]:
    """How many pixels the mask of a region's image leaves in the region's cell; null where there is
    none, or it leaves nothing."""
    columns = (Image.width + cell_px - 1) // cell_px
    place = Region.cell_row * columns + Region.cell_col + 1
    found: ColumnElement[int] = Image.cells_left[place]
    return found


def region_cost(db: Session, labels: Select[Any]) -> dict[str, Any]:
    """What the labels selected took: active seconds, actions, clicks by the rule, pixels.

    Void pixels count: somebody looked at them.
    """
    actions = sum(
        (
            func.coalesce(cast(Label.actions[kind].as_string(), BigInteger), 0)
            for kind in ("clicks", "strokes", "keys")
        ),
        start=func.coalesce(0),
    )
    row = db.execute(
        labels.with_only_columns(
            func.count(),
            _total(Label.active_ms),
            _total(actions),
            _total(Label.estimated_clicks),
            _total(Label.labelled_px + Label.void_px),
        )
    ).one()
    regions, active_ms, acted, clicks, pixels = (int(value) for value in row)
    return {
        "regions": regions,
        "active_s": active_ms / 1000,
        "actions": acted,
        "clicks": clicks,
        "pixels": pixels,
    }
