"""What is asked of an export, and its job."""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit, disk, jobs, manifests
from core.continuing import model_for
from core.errors import ExportRefused, NotFound
from core.exports import rows
from core.exports.formats import FORMATS
from core.imports import known_classes
from core.models import Cycle, Job, Model, Project, User
from core.settings import settings
from core.store import Store, digest_key

ARCHIVE = "archive_key"


@dataclass(frozen=True)
class Wanted:
    """What to export: the labels of now, or those that the cycle of this number was trained on.

    With `completed` the model of that cycle, or the latest one, fills what people were not asked.
    Without `pictures` there are masks alone.
    """

    format: str
    cycle: int | None = None
    completed: bool = False
    pictures: bool = True


@dataclass(frozen=True)
class Order:
    """The same, resolved when it was asked for: it does not change while it waits."""

    format: str
    pictures: bool
    cycle: int | None
    manifest_key: str
    newest: int
    model_id: int | None = None
    model_digest: str | None = None


def request(db: Session, store: Store, project: Project, wanted: Wanted, *, by: User) -> Job:
    """A job that exports. Raises ExportRefused, NotFound for a cycle, DiskFull."""
    disk.require_room()
    FORMATS[wanted.format].check(known_classes(db, project.id))
    cycle = _cycle(db, project, wanted.cycle)
    digest = cycle.manifest_digest if cycle else manifests.freeze(db, store, project.id).digest
    newest = rows.newest(db, project.id, cycle)
    order = Order(wanted.format, wanted.pictures, wanted.cycle, digest_key(digest), newest)
    if wanted.completed:
        model = _model(db, project, cycle)
        order = replace(order, model_id=model.id, model_digest=digest_of(model.weights_key))
    job = jobs.add(
        db,
        kind="export",
        project_id=project.id,
        request=asdict(order),
        queue="train" if wanted.completed else "light",
    )
    audit.record(
        db, "export.requested", project_id=project.id, user_id=by.id, **asdict(wanted), job=job.id
    )
    return job


def _cycle(db: Session, project: Project, number: int | None) -> Cycle | None:
    if number is None:
        return None
    cycle = db.scalar(select(Cycle).where(Cycle.project_id == project.id, Cycle.number == number))
    if cycle is None:
        raise NotFound(f"Project {project.id} has no cycle number {number}.")
    return cycle


def _model(db: Session, project: Project, cycle: Cycle | None) -> Model:
    if cycle is not None:
        model = db.scalar(select(Model).where(Model.cycle_id == cycle.id))
    else:
        model = model_for(db, project.id, "latest")
    if model is None:
        raise ExportRefused("There is no model yet to complete labels with; export them alone.")
    return model


def digest_of(key: str) -> str:
    """The hexadecimal SHA-256 in a key."""
    return key.removeprefix("sha256/").replace("/", "")


def archive_of(job: Job) -> str:
    """The key of the job's archive. Raises NotFound while there is none, and when it has gone."""
    key = (job.result or {}).get(ARCHIVE)
    if key is None:
        raise NotFound(f"Job {job.id} has no archive: it is no export, has not ended, or is old.")
    return str(key)


def forget_old(db: Session) -> int:
    """Let go of archives that nobody has fetched for long; how many. Their jobs stay."""
    age = timedelta(hours=settings().export_age_h)
    old = select(Job).where(Job.kind == "export", Job.finished_at < func.now() - age)
    found = db.scalars(old.where(Job.result[ARCHIVE].as_string().is_not(None))).all()
    for job in found:
        job.result = {name: v for name, v in (job.result or {}).items() if name != ARCHIVE}
    return len(found)
