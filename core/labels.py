"""Labels: a submitted mask of a region. Revisions are kept, and nothing drawn is ever dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from core import audit, cycles, masks, regions, suggestions
from core import origins as origin
from core.errors import AlreadyLabelled, NotFound
from core.masks import Mask, Size
from core.models import Cycle, Label, Lease, Region, User
from core.store import Store
from ml import costs


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
    db: Session,
    store: Store,
    held: Lease,
    *,
    region_id: int,
    mask: Mask,
    effort: Effort,
    origins: Mask | None = None,
) -> Label:
    """Store the mask as the region's newest label, and close the cycle after the last one.

    `origins` (height, width) tell how each pixel came about, if the annotator's program knows.

    A lease that has run out still counts while nobody followed. A superseded one leaves a label
    with status `draft`, for the caller to commit and then to refuse. The same mask again is
    answered with the label it made. Raises NotFound, AlreadyLabelled, OriginsRefused.
    """
    if held.region_id != region_id:
        raise NotFound(f"The lease {held.id} is not on region {region_id}.")
    if origins is not None:
        region = db.get_one(Region, region_id)
        origin.check(origins, mask, suggestions.read(store, region))
    # The files are there before the row: a row never points at nothing.
    label = _drawn(store, mask, origins)
    region = regions.locked_region(db, region_id)
    earlier = db.scalars(select(Label).where(Label.region_id == region.id)).all()
    if previous := _submitted(earlier, held, label.mask_key):
        return _same(previous, label.mask_key)
    accepted = _takes(db, region, held)
    label.status = "accepted" if accepted else "draft"
    label.revision = 1 + max((each.revision for each in earlier), default=0)
    label.active_ms, label.actions = effort.active_ms, effort.actions
    _insert(db, region, held, label)
    if accepted:
        _settle(db, region, held, label)
    return label


def _submitted(earlier: Sequence[Label], held: Lease, key: str) -> Label | None:
    """The label that the lease has made, or else the draft that it has made of this mask."""
    mine = [label for label in earlier if label.lease_id == held.id]
    accepted = [label for label in mine if label.status == "accepted"]
    return next(iter(accepted + [label for label in mine if label.mask_key == key]), None)


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


def _drawn(store: Store, mask: Mask, origins: Mask | None) -> Label:
    """What the mask itself says, now that its files are stored."""
    covered = masks.coverage(mask)
    return Label(
        mask_key=store.put(masks.to_png(mask)),
        origin_key=None if origins is None else store.put(masks.to_png(origins)),
        origins=None if origins is None else origin.counts(origins),
        labelled_px=covered.labelled,
        void_px=covered.void,
        not_asked_px=covered.not_asked,
        estimated_clicks=costs.clicks(mask),
    )


def _insert(db: Session, region: Region, held: Lease, label: Label) -> None:
    label.project_id = region.project_id
    label.region_id = region.id
    label.user_id = held.user_id
    label.lease_id = held.id
    db.add(label)
    db.flush()


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


def listed(project_id: int, *, by: User | None) -> Select[Any]:
    """The labels in force of a project, everybody's or one person's."""
    # By the region's key, which has an index.
    in_force = and_(Region.id == Label.region_id, Region.label_id == Label.id)
    found = select(Label).join(Region, in_force).where(Label.project_id == project_id)
    return found if by is None else found.where(Label.user_id == by.id)


def cycles_of(db: Session, labels: Sequence[Label]) -> dict[int, Cycle]:
    """The cycle of each label, by the label's id."""
    found = select(Label.id, Cycle).join(Region, Region.id == Label.region_id)
    found = found.join(Cycle, Cycle.id == Region.cycle_id)
    rows = db.execute(found.where(Label.id.in_([label.id for label in labels])))
    return {label_id: cycle for label_id, cycle in rows}


def current(db: Session, region: Region) -> Label:
    """The region's newest accepted label. Raises NotFound."""
    label = db.get(Label, region.label_id) if region.label_id else None
    if label is None:
        raise NotFound(f"Region {region.id} has no label yet.")
    return label
