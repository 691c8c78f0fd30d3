"""Leases: an annotator's right to the next regions."""

from fastapi import Response
from sqlalchemy.orm import Session

from core import regions, reviews
from core.db import transaction
from core.errors import Conflict, LeaseSuperseded, NotFound
from server import nouns
from server.deps import Caller, Db, OwnLease
from server.entry import AnnotatorInProject, InProject
from server.once import Idempotent
from server.problems import responses
from server.rights import ProjectAsAnnotator, RegionAsAnnotator
from server.schemas.regions import (
    Lease,
    Leases,
    NewLeases,
    Renewal,
    Renewals,
    Renewed,
    RenewedLeases,
    Reopening,
    Skip,
)
from server.straight import Straight

router = nouns.router("leases", NotFound)
straight = nouns.router("leases", NotFound, route_class=Straight)


@straight.post("/projects/{project_id}/leases", response_model=Leases)
def lease_regions(asking: AnnotatorInProject, wanted: NewLeases, once: Idempotent) -> Response:
    """Lease the next regions in rank order. What the session holds already comes first."""
    with transaction() as db:
        return once.do(db, asking.caller, 200, lambda: _next(db, asking, wanted))


def _next(db: Session, asking: InProject, wanted: NewLeases) -> Leases:
    items, reason = regions.lease(
        db,
        project_id=asking.project_id,
        user=asking.caller,
        session=wanted.session or "",
        count=wanted.count,
    )
    return Leases(items=list(map(Lease.of, items)), reason=reason)


@router.put("/projects/{project_id}/leases")
def renew_leases(
    project: ProjectAsAnnotator, wanted: Renewals, caller: Caller, db: Db
) -> RenewedLeases:
    """Prolong a session's leases by their full time, each that is still in force."""
    ends = regions.renew_all(
        db,
        project_id=project.id,
        user=caller,
        session=wanted.session or "",
        epochs={held.id: held.epoch for held in wanted.leases},
    )
    return RenewedLeases(items=[Renewed.of(held.id, ends.get(held.id)) for held in wanted.leases])


@router.put("/leases/{lease_id}", responses=responses(LeaseSuperseded))
def renew_lease(lease: OwnLease, wanted: Renewal, db: Db) -> Lease:
    """Prolong the lease by its full time."""
    if wanted.epoch != lease.epoch:
        raise regions.superseded(lease)
    return Lease.of(regions.renew(db, lease))


@router.delete("/leases/{lease_id}", status_code=204)
def release_lease(lease: OwnLease, db: Db) -> Response:
    """Give the region back to its old place in the queue. Doing it again changes nothing."""
    regions.release(db, lease)
    return Response(status_code=204)


@router.post("/leases/{lease_id}/skip", status_code=204, responses=responses(LeaseSuperseded))
def skip_region(lease: OwnLease, wanted: Skip, db: Db) -> Response:
    """Leave the region to others, and say why. It moves to the end of their queue."""
    regions.skip(db, lease, reason=wanted.reason)
    return Response(status_code=204)


@router.post("/regions/{region_id}/leases", status_code=201, responses=responses(Conflict))
def reopen_region(
    region: RegionAsAnnotator, caller: Caller, db: Db, wanted: Reopening | None = None
) -> Lease:
    """Lease a region that one has labelled oneself, to change the label while the cycle runs.

    Reviewers may change every label, at any time; what they submit is a verdict on the last one.
    """
    session = (wanted.session if wanted else None) or ""
    if reviews.is_reviewers(db, region, caller):
        return Lease.of(reviews.take(db, region.id, user=caller, session=session))
    return Lease.of(regions.reopen(db, region.id, user=caller, session=session))
