"""What an admin does about leases: give everything that somebody holds back to the queue."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import audit
from core.models import Lease, Project, Region, User


def end_leases(db: Session, project: Project, user_id: int, *, by: User) -> int:
    """End all leases of a user in the project; how many. What they submit later is a draft or,
    where nobody followed, refused as superseded: their pages keep it."""
    held = (
        select(Region.id)
        .join(Lease, Lease.id == Region.lease_id)
        .where(Lease.project_id == project.id, Lease.user_id == user_id, Lease.outcome.is_(None))
        .order_by(Region.id)
        .with_for_update(of=Region)
    )
    regions = db.scalars(held).all()
    ended = (
        update(Lease)
        .where(Lease.region_id.in_(regions), Lease.user_id == user_id, Lease.outcome.is_(None))
        .values(outcome="released", ended_at=func.now())
    )
    db.execute(ended)
    freed = update(Region).where(Region.id.in_(regions))
    db.execute(freed.values(lease_id=None, lease_until=None))
    if regions:
        audit.record(
            db,
            "leases.ended",
            project_id=project.id,
            user_id=by.id,
            holder_id=user_id,
            count=len(regions),
        )
    return len(regions)
