"""Archives that arrive in parts: each part is kept before it is acknowledged, so that whoever was
interrupted goes on behind the last one. An import consumes the whole; what nobody imports goes.
"""

from datetime import timedelta
from io import BufferedReader

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from core import audit, disk
from core.errors import NotFound, TooLarge, UploadInUse, UploadOutOfOrder, UploadUnfinished
from core.models import Job, Project, Upload, UploadPart, User
from core.models.jobs import ENDED
from core.settings import settings
from core.store import Store
from core.store.joined import Joined

IMPORTED = Job.request["upload_id"].as_integer()


def begin(
    db: Session, project: Project, *, name: str, size_bytes: int, sha256: str, by: User
) -> Upload:
    """A new upload, or the caller's earlier one of the same bytes, to go on with.

    Raises TooLarge, DiskFull.
    """
    ceiling = settings().archive_ceiling_bytes
    if size_bytes > ceiling:
        raise TooLarge(f"At most {ceiling} bytes are taken of one archive.", ceiling=ceiling)
    disk.require_room()
    mine = select(Upload).where(Upload.project_id == project.id, Upload.user_id == by.id)
    same = mine.where(Upload.sha256 == sha256, Upload.size_bytes == size_bytes)
    if earlier := db.scalars(same.order_by(Upload.id.desc())).first():
        return earlier
    made = Upload(
        project_id=project.id, user_id=by.id, name=name, size_bytes=size_bytes, sha256=sha256
    )
    db.add(made)
    db.flush()
    audit.record(
        db, "upload.begun", project_id=project.id, user_id=by.id, name=name, bytes=size_bytes
    )
    return made


def add(db: Session, store: Store, upload: Upload, *, start: int, data: bytes) -> Upload:
    """The upload with these bytes behind what it has; a part that it has already changes nothing.

    Raises UploadOutOfOrder with what was received.
    """
    upload = db.get_one(Upload, upload.id, with_for_update=True, populate_existing=True)
    end = start + len(data)
    if end <= upload.received_bytes:
        return upload
    if start != upload.received_bytes or end > upload.size_bytes or not data:
        raise UploadOutOfOrder(
            f"Expected bytes from {upload.received_bytes} on, up to {upload.size_bytes}; those "
            f"from {start} to {end} were given.",
            received_bytes=upload.received_bytes,
        )
    part = {"start": start, "size_bytes": len(data), "key": store.put(data)}
    db.add(UploadPart(upload_id=upload.id, **part))
    upload.received_bytes = end
    return upload


def of_project(db: Session, project: Project, upload_id: int) -> Upload:
    """The project's upload. Raises NotFound."""
    found = db.get(Upload, upload_id)
    if found is None or found.project_id != project.id:
        raise NotFound(f"Project {project.id} has no upload {upload_id}; an import consumes it.")
    return found


def get(db: Session, upload_id: int) -> Upload:
    """The upload. Raises NotFound."""
    found = db.get(Upload, upload_id)
    if found is None:
        raise NotFound(f"There is no upload {upload_id} any more.")
    return found


def require_whole(upload: Upload) -> None:
    """Raises UploadUnfinished while something is missing."""
    if not upload.is_whole:
        raise UploadUnfinished(
            f"{upload.received_bytes} of {upload.size_bytes} bytes of {upload.name} are here; "
            "send the others first."
        )


def opened(db: Session, store: Store, upload: Upload) -> BufferedReader:
    """The bytes of all parts as one file."""
    parts = select(UploadPart.key, UploadPart.size_bytes).where(UploadPart.upload_id == upload.id)
    rows = db.execute(parts.order_by(UploadPart.start)).all()
    return BufferedReader(Joined(store, [(key, size) for key, size in rows]))


def discard(db: Session, upload: Upload) -> None:
    """Delete the upload; its bytes become garbage. Raises UploadInUse while it is imported."""
    live = select(Job.id).where(Job.project_id == upload.project_id, Job.state.not_in(ENDED))
    if (job := db.scalar(live.where(upload.id == IMPORTED).limit(1))) is not None:
        raise UploadInUse(f"Job {job} imports this upload; cancel the job first.", job=job)
    consume(db, upload.id)


def consume(db: Session, upload_id: int) -> None:
    """Delete the upload that an import has used up."""
    db.execute(delete(UploadPart).where(UploadPart.upload_id == upload_id))
    db.execute(delete(Upload).where(Upload.id == upload_id))


def forget_old(db: Session) -> int:
    """Delete uploads that nobody has gone on with; how many there were."""
    age = timedelta(hours=settings().upload_age_h)
    last = select(func.max(UploadPart.created_at)).where(UploadPart.upload_id == Upload.id)
    idle = func.coalesce(last.scalar_subquery(), Upload.created_at) < func.now() - age
    used = exists().where(
        Job.project_id == Upload.project_id, Job.state.not_in(ENDED), Upload.id == IMPORTED
    )
    old = db.scalars(select(Upload.id).where(idle, ~used)).all()
    for upload_id in old:
        consume(db, upload_id)
    return len(old)
