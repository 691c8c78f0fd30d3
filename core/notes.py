"""What an annotator has to say about a region: a remark, and a flag that calls a reviewer."""

from sqlalchemy.orm import Session

from core import audit, regions
from core.models import Lease, Region


def write(db: Session, held: Lease, *, text: str, flagged: bool) -> Region:
    """Replace the region's note and flag. The text is kept as it is. Raises LeaseSuperseded."""
    region = regions.locked_by(db, held)
    region.note, region.flagged = text, flagged
    db.flush()
    audit.record(
        db,
        "region.noted",
        project_id=region.project_id,
        cycle_id=region.cycle_id,
        user_id=held.user_id,
        region=region.id,
        text=text,
        flagged=flagged,
    )
    return region
