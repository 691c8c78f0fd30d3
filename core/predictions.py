"""What a model sees in a picture that somebody sends: an index mask, and nothing is labelled."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit, disk, jobs
from core.access import Somebody
from core.continuing import model_for
from core.decoding import Upright
from core.errors import NoModel, NotFound
from core.jobs import Claim
from core.models import Job, Model
from core.settings import settings
from core.store import Store

MASK = "mask_key"
IMAGE = "image_key"


def newest_model(db: Session, project_id: int) -> int:
    """The id of the model that a picture would be looked at with. Raises NoModel."""
    model = model_for(db, project_id, "latest")
    if model is None:
        raise NoModel("There is no model yet; start a cycle first.")
    return model.id


def request(db: Session, store: Store, project_id: int, picture: Upright, *, by: Somebody) -> Job:
    """A job that looks at the picture with the project's newest model. Raises NoModel, DiskFull."""
    disk.require_room()
    model_id = newest_model(db, project_id)
    asked = {
        "model_id": model_id,
        "width": picture.width,
        "height": picture.height,
        IMAGE: store.put(picture.png),
    }
    job = jobs.add(db, kind="predict", project_id=project_id, request=asked)
    audit.record(
        db, "prediction.requested", project_id=project_id, user_id=by.id, model_id=model_id
    )
    return job


def model_of(db: Session, claim: Claim) -> Model:
    """The model that the job was asked for."""
    return db.get_one(Model, claim.request["model_id"])


def mask_of(job: Job) -> str:
    """The key of the mask that the job made. Raises NotFound while there is none, or no more."""
    key = (job.result or {}).get(MASK)
    if key is None:
        raise NotFound(f"Job {job.id} has no mask: it predicts nothing, has not ended, or is old.")
    return str(key)


def forget_old(db: Session) -> None:
    """Let go of pictures and masks that nobody has fetched for as long as archives are kept."""
    age = timedelta(hours=settings().export_age_h)
    old = select(Job).where(Job.kind == "predict", Job.finished_at < func.now() - age)
    for job in db.scalars(old.where(Job.request[IMAGE].as_string().is_not(None))):
        job.request = {name: value for name, value in job.request.items() if name != IMAGE}
        job.result = {k: value for k, value in (job.result or {}).items() if k != MASK} or None
