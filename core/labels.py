"""Labels: a submitted mask of a region. Revisions are kept, and nothing drawn is ever dropped."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.orm import Session

from core import audit, checks, cycles, masks, regions, reviews, settling, suggestions, tallies
from core import origins as origin
from core.access import Held
from core.errors import AlreadyLabelled, NotFound
from core.masks import Mask, Size
from core.models import Cycle, Label, Lease, Region, User
from core.settling import Drawn, Effort, Settled
from core.statements import Statement
from core.store import Store
from ml import costs


def size_of(region: Region) -> Size:
    """The region's size in native pixels."""
    return Size(region.width, region.height)


LOCK = Statement("""
SELECT state, lease_id, epoch, project_id, cycle_id, purpose
FROM regions WHERE id = :region FOR UPDATE
""")


def submit(
    db: Session,
    store: Store,
    held: Lease | Held,
    *,
    region_id: int,
    mask: Mask,
    effort: Effort,
    origins: Mask | None = None,
) -> Label | Settled:
    """Store the mask as the region's newest label, and close the cycle after the last one.

    `origins` (height, width) tell how each pixel came about, if the annotator's program knows.

    A lease that has run out still counts while nobody followed. A superseded one leaves a label
    with status `draft`, for the caller to commit and then to refuse. The same mask again is
    answered with the label it made. Raises NotFound, AlreadyLabelled, OriginsRefused.
    """
    if held.region_id != region_id:
        raise NotFound(f"The lease {held.id} is not on region {region_id}.")
    # What a region was published with stays. Files are read and written before the lock, which
    # others may be waiting for, and are there before the row: a row never points at nothing.
    asked = held if isinstance(held, Held) else db.get_one(Region, region_id)
    suggested = suggestions.read(store, asked)
    if origins is not None:
        # What is told of a suggestion that was lost since cannot be checked.
        seen = mask if suggested is None else suggested
        origin.check(origins, mask, seen if suggestions.shown(asked) else None)
    drawn = _drawn(store, mask, origins, suggested)
    found = LOCK.row(db, region=region_id)
    if found.state == "open" and regions.holds(found, held):
        where = {"project": found.project_id, "cycle": found.cycle_id, "region": region_id}
        label: Label | Settled = settling.settle(db, held, drawn, effort, **where)
    else:
        label = _settle_other(db, held, drawn, effort)
        reviews.compare(db, store, label, mask)
    if found.purpose != "label" and label.status == "accepted":
        checks.measure(db, store, region_id, mask)
    return label


def _settle_other(db: Session, held: Lease | Held, drawn: Drawn, effort: Effort) -> Label:
    """A repeat, a label that is changed, or one that comes too late and is kept as a draft."""
    region = db.get_one(Region, held.region_id, populate_existing=True)
    earlier = db.scalars(select(Label).where(Label.region_id == region.id)).all()
    if previous := _submitted(earlier, held, drawn.mask_key):
        return _same(previous, drawn.mask_key)
    accepted = _takes(db, region, held)
    label = Label(
        project_id=region.project_id,
        region_id=region.id,
        user_id=held.user_id,
        lease_id=held.id,
        status="accepted" if accepted else "draft",
        revision=1 + max((each.revision for each in earlier), default=0),
        active_ms=effort.active_ms,
        actions=effort.actions,
        **vars(drawn),
    )
    db.add(label)
    db.flush()
    if accepted:
        _replace(db, region, held, label)
    return label


def _submitted(earlier: Sequence[Label], held: Lease | Held, key: str) -> Label | None:
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


def _takes(db: Session, region: Region, held: Lease | Held) -> bool:
    """Whether the region was reopened by the lease, and its cycle still takes labels; those of
    reviewers it always does."""
    reopened = region.state == "labelled" and regions.holds(region, held)
    if not reopened or cycles.get(db, region.cycle_id).state == "labelling":
        return reopened
    return db.get_one(Lease, held.id).for_review


def _drawn(store: Store, mask: Mask, origins: Mask | None, suggested: Mask | None) -> Drawn:
    """What the mask itself says, now that its files are stored."""
    covered = masks.coverage(mask)
    return Drawn(
        mask_key=store.put(masks.to_png(mask)),
        origin_key=None if origins is None else store.put(masks.to_png(origins)),
        origins=None if origins is None else origin.counts(origins),
        confused=None if suggested is None else suggestions.confused(suggested, mask),
        labelled_px=covered.labelled,
        void_px=covered.void,
        not_asked_px=covered.not_asked,
        estimated_clicks=costs.clicks(mask),
    )


def _replace(db: Session, region: Region, held: Lease | Held, label: Label) -> None:
    region.label_id = label.id
    region.lease_id = region.lease_until = None
    tallies.corrected(db, region.cycle_id)
    ended = update(Lease).where(Lease.id == held.id)
    db.execute(ended.values(outcome="submitted", ended_at=func.now()))
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
    reviews.follow(db, region, label, held.id)
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
