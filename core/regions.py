"""The annotators' queue: lease the next regions, renew, release, skip, reopen.

Order is total: (priority, rank, id). A lease belongs to a session; expiry is judged by the
database's clock when it is read; each grant bumps the region's epoch, which fences off late
writers.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import and_, func, select, text, update
from sqlalchemy.orm import Session

from core import audit, checks, cycles, grants
from core.access import Held, Somebody
from core.errors import Conflict, LeaseSuperseded, NotFound
from core.models import Cycle, Image, Label, Lease, Region, User
from core.settings import settings

Reason = Literal["no_open_cycle", "queue_empty", "all_leased"]

# Regions are locked in the order of their ids, as by everybody who locks several and waits.
RENEW = text("""
WITH asked AS (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:epochs AS bigint[])) AS a (id, epoch)
), held AS (
    SELECT r.id AS region_id, l.id FROM asked
    JOIN leases l ON l.id = asked.id AND l.epoch = asked.epoch
    JOIN regions r ON r.id = l.region_id AND r.lease_id = l.id AND r.epoch = l.epoch
    WHERE l.project_id = :project AND l.user_id = :user AND l.session = :session
    ORDER BY r.id FOR UPDATE OF r
), prolonged AS (
    UPDATE regions r SET lease_until = now() + :ttl FROM held WHERE r.id = held.region_id
    RETURNING held.id, r.lease_until
)
UPDATE leases l SET expires_at = p.lease_until FROM prolonged p WHERE l.id = p.id
RETURNING l.id, l.expires_at
""")


class Leased(NamedTuple):
    """A lease with what an annotator needs to see of its region: rows, or their plain values.

    `of` is the number of regions of the cycle; `own_label_id` the label that is to be changed.
    """

    lease: Any
    region: Any
    image: Any
    of: int
    own_label_id: int | None


def lease(
    db: Session, *, project_id: int, user: Somebody, session: str, count: int
) -> tuple[Sequence[Leased], Reason | None]:
    """Up to `count` regions in rank order, those the session holds already first.

    With none, the reason: no_open_cycle, queue_empty or all_leased.
    """
    alone = grants.ALONE.row(db, key=f"lease:{user.id}:{session}", project=project_id)
    if alone and alone.check_share:
        checks.plant(db, project_id, user.id, alone.check_share)
    asked = {"project": project_id, "user": user.id, "session": session, "count": count}
    held = [Leased(*grants.parts(row)) for row in grants.TAKE.rows(db, **asked, ttl=_ttl())]
    return held, None if held else _why_empty(db, project_id)


def _ttl() -> timedelta:
    return timedelta(seconds=settings().lease_ttl_s)


def _views() -> Any:
    return (
        select(Lease, Region, Image, Cycle.budget_regions, Label.id)
        .join(Region, and_(Region.id == Lease.region_id, Region.lease_id == Lease.id))
        .join(Image, Image.id == Region.image_id)
        .join(Cycle, Cycle.id == Region.cycle_id)
        .outerjoin(Label, and_(Label.id == Region.label_id, Label.user_id == Lease.user_id))
        .execution_options(populate_existing=True)
    )


def _why_empty(db: Session, project_id: int) -> Reason:
    labelling = select(Cycle.id).where(Cycle.project_id == project_id, Cycle.state == "labelling")
    still_open = select(Region.id).where(Region.project_id == project_id, Region.state == "open")
    found = db.execute(select(labelling.exists(), still_open.exists())).one()
    return reason(labelling=found[0], still_open=found[1])


def reason(*, labelling: bool, still_open: bool) -> Reason:
    """Why there is nothing to lease."""
    if not labelling:
        return "no_open_cycle"
    return "all_leased" if still_open else "queue_empty"


def own_lease(db: Session, lease_id: uuid.UUID, user: User) -> Lease:
    """The lease, if it is this user's. Raises NotFound for everyone else's."""
    found = db.get(Lease, lease_id)
    if found is None or found.user_id != user.id:
        raise NotFound(f"You have no lease {lease_id}.")
    return found


def locked_region(db: Session, region_id: int) -> Region:
    """The region with its row locked. Raises NotFound."""
    region = db.get(Region, region_id, with_for_update=True, populate_existing=True)
    if region is None:
        raise NotFound(f"There is no region {region_id}.")
    return region


def holds(region: Any, held: Lease | Held) -> bool:
    """Whether the lease is still the region's newest; a late one that nobody followed is."""
    return bool(region.lease_id == held.id and region.epoch == held.epoch)


def locked_by(db: Session, held: Lease) -> Region:
    """The lease's region with its row locked. Raises LeaseSuperseded."""
    region = locked_region(db, held.region_id)
    if not holds(region, held):
        raise superseded(held)
    return region


def superseded(held: Lease | Held, **extras: Any) -> LeaseSuperseded:
    """The error that says so, and what to do."""
    return LeaseSuperseded(
        f"The lease on region {held.region_id} is over and cannot be used any more; "
        "ask for the next regions.",
        region=held.region_id,
        **extras,
    )


def renew(db: Session, held: Lease) -> Leased:
    """Prolong the lease by its full time. Raises LeaseSuperseded."""
    region = locked_by(db, held)
    region.lease_until = held.expires_at = func.now() + _ttl()
    db.flush()
    return view(db, held)


def renew_all(
    db: Session, *, project_id: int, user: User, session: str, epochs: Mapping[uuid.UUID, int]
) -> dict[uuid.UUID, datetime]:
    """Prolong those of a session's leases (id to epoch) that are still in force: id to new end.

    The others are over: superseded, settled, or none of this session's.
    """
    asked = {"ids": list(epochs), "epochs": list(epochs.values()), "ttl": _ttl()}
    owner = {"project": project_id, "user": user.id, "session": session}
    return {row.id: row.expires_at for row in db.execute(RENEW, asked | owner)}


def view(db: Session, held: Lease) -> Leased:
    """The lease with its region and image."""
    return Leased(*db.execute(_views().where(Lease.id == held.id)).one())


def release(db: Session, held: Lease) -> None:
    """Give the region back to the queue, in its old place; doing it again changes nothing."""
    region = locked_region(db, held.region_id)
    if holds(region, held):
        _end(region, held, "released")


def _end(region: Region, held: Lease, outcome: str) -> None:
    region.lease_id = region.lease_until = None
    held.outcome = outcome
    held.ended_at = func.now()


def skip(db: Session, held: Lease, *, reason: str) -> None:
    """Put the region at the queue's end for others; enough skips settle it.

    Raises LeaseSuperseded.
    """
    region = locked_by(db, held)
    _end(region, held, "skipped")
    held.reason = reason
    region.priority += 1
    db.flush()
    skips = select(func.count()).where(Lease.region_id == region.id, Lease.outcome == "skipped")
    if region.state == "open" and (db.scalar(skips) or 0) >= settings().skips_to_settle:
        region.state = "skipped"
        db.flush()
        cycles.close_if_done(db, region.cycle_id)
    audit.record(
        db,
        "region.skipped",
        project_id=region.project_id,
        cycle_id=region.cycle_id,
        user_id=held.user_id,
        region=region.id,
        reason=reason,
    )


def reopen(db: Session, region_id: int, *, user: User, session: str) -> Leased:
    """Lease a region that one has labelled oneself, to change the label.

    The region stays labelled meanwhile, so that a lease that runs out loses nothing. Raises
    NotFound for others' labels, Conflict once the cycle no longer takes labels.
    """
    region = locked_region(db, region_id)
    label = db.get(Label, region.label_id) if region.label_id else None
    if label is None or label.user_id != user.id:
        raise NotFound(f"You have no label of region {region_id} that could be changed.")
    if cycles.get(db, region.cycle_id).state != "labelling":
        raise Conflict("The cycle is over, and its labels are frozen.")
    return view(db, grant(db, region, user, session))


def grant(db: Session, region: Region, user: User, session: str) -> Lease:
    """A lease on this very region, whose row is locked; whoever has held it is superseded."""
    region.epoch += 1
    region.lease_id = uuid.uuid4()
    region.lease_until = func.now() + _ttl()
    db.flush()
    db.refresh(region)
    return _new_lease(db, region, user, session)


def _new_lease(db: Session, region: Region, user: User, session: str) -> Lease:
    db.execute(
        update(Lease)
        .where(Lease.region_id == region.id, Lease.outcome.is_(None))
        .values(outcome="superseded", ended_at=func.now())
    )
    held = Lease(
        id=region.lease_id,
        project_id=region.project_id,
        region_id=region.id,
        user_id=user.id,
        session=session,
        epoch=region.epoch,
        granted_at=func.now(),
        expires_at=region.lease_until,
    )
    db.add(held)
    db.flush()
    return held


def counts(db: Session, cycle_id: int) -> dict[str, int]:
    """Regions of a cycle by state; `leased` are the open ones that somebody holds now."""
    leased = func.count().filter(Region.state == "open", Region.lease_until >= func.now())
    by_state = select(Region.state, func.count(), leased).where(Region.cycle_id == cycle_id)
    by_state = by_state.where(Region.purpose == "label")
    rows = db.execute(by_state.group_by(Region.state)).all()
    found = {state: count for state, count, _ in rows}
    total = sum(found.values())
    states = {state: found.get(state, 0) for state in ("open", "labelled", "skipped", "withdrawn")}
    return {"total": total, "leased": sum(row[2] for row in rows), **states}
