"""Labels: a submitted mask of a region. Revisions are kept, and nothing drawn is ever dropped."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core import audit, costs, cycles, masks, regions
from core.errors import AlreadyLabelled, NotFound
from core.masks import Mask, Size
from core.models import Label, Lease, Region
from core.store import Store


@dataclass(frozen=True)
class Effort:
    """What the annotator spent: milliseconds of activity, and actions by kind."""

    active_ms: int = 0
    clicks: int = 0
    strokes: int = 0
    keys: int = 0

    @property
    def actions(self) -> dict[str, int]:
        return {"clicks": self.clicks, "strokes": self.strokes, "keys": self.keys}


def size_of(region: Region) -> Size:
    """The region's size in native pixels."""
    return Size(region.width, region.height)


def submit(
    db: Session, store: Store, held: Lease, *, region_id: int, mask: Mask, effort: Effort
) -> Label:
    """Store the mask as the region's newest label, and close the cycle after the last one.

    A lease that has run out still counts while nobody followed. A superseded one leaves a label
    with status `draft`, for the caller to commit and then to refuse. The same mask again is
    answered with the label it made. Raises NotFound, AlreadyLabelled.
    """
    if held.region_id != region_id:
        raise NotFound(f"The lease {held.id} is not on region {region_id}.")
    # The file is there before the row: a row never points at nothing.
    key = store.put(masks.to_png(mask))
    region = regions.locked_region(db, region_id)
    if previous := _submitted(db, held, key):
        return _same(previous, key)
    accepted = _takes(db, region, held)
    label = _drawn(mask, effort, key)
    label.status = "accepted" if accepted else "draft"
    _insert(db, region, held, label)
    if accepted:
        _settle(db, region, held, label)
    return label


def _submitted(db: Session, held: Lease, key: str) -> Label | None:
    """The label that the lease has made, or else the draft that it has made of this mask."""
    mine = select(Label).where(Label.lease_id == held.id)
    found = mine.where(or_(Label.status == "accepted", Label.mask_key == key))
    return db.scalar(found.order_by(Label.status).limit(1))


def _same(previous: Label, key: str) -> Label:
    if previous.mask_key != key:
        raise AlreadyLabelled(
            "This lease has submitted another mask already; reopen the region to change it.",
            label=previous.id,
        )
    return previous


def _takes(db: Session, region: Region, held: Lease) -> bool:
    if not regions.holds(region, held):
        return False
    if region.state == "labelled":  # reopened: only as long as the cycle takes labels
        return cycles.get(db, region.cycle_id).state == "labelling"
    return region.state == "open"


def _drawn(mask: Mask, effort: Effort, key: str) -> Label:
    """What the mask itself says."""
    covered = masks.coverage(mask)
    return Label(
        mask_key=key,
        labelled_px=covered.labelled,
        void_px=covered.void,
        not_asked_px=covered.not_asked,
        estimated_clicks=costs.clicks(mask),
        active_ms=effort.active_ms,
        actions=effort.actions,
    )


def _insert(db: Session, region: Region, held: Lease, label: Label) -> None:
    newest = select(func.coalesce(func.max(Label.revision), 0)).where(Label.region_id == region.id)
    label.project_id = region.project_id
    label.region_id = region.id
    label.user_id = held.user_id
    label.lease_id = held.id
    label.revision = (db.scalar(newest) or 0) + 1
    db.add(label)
    db.flush()
    db.refresh(label)


def _settle(db: Session, region: Region, held: Lease, label: Label) -> None:
    region.state = "labelled"
    region.label_id = label.id
    region.lease_id = region.lease_until = None
    held.outcome = "submitted"
    held.ended_at = func.now()
    audit.record(
        db,
        "region.labelled",
        project_id=region.project_id,
        cycle_id=region.cycle_id,
        user_id=held.user_id,
        region=region.id,
        label=label.id,
        revision=label.revision,
    )
    db.flush()
    cycles.close_if_done(db, region.cycle_id)


def current(db: Session, region: Region) -> Label:
    """The region's newest accepted label. Raises NotFound."""
    label = db.get(Label, region.label_id) if region.label_id else None
    if label is None:
        raise NotFound(f"Region {region.id} has no label yet.")
    return label
