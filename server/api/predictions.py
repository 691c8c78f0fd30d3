"""Predictions: a picture in, the newest model's mask of it out."""

from fastapi import Request, Response

from core import predictions
from core.errors import DiskFull, ImageUndecodable, NoModel, NotFound, TooLarge
from server import nouns, pictures
from server.deps import Caller, Db, RawBody, Store
from server.problems import responses
from server.rights import JobAsReviewer, ProjectAsReviewer
from server.schemas.jobs import Job

router = nouns.router("predictions", NotFound)
PICTURE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/projects/{project_id}/predictions",
    status_code=202,
    openapi_extra={"requestBody": {"required": True, "content": PICTURE}},
    responses=responses(NoModel, ImageUndecodable, TooLarge, DiskFull),
)
def start_prediction(
    project: ProjectAsReviewer,
    body: RawBody,
    caller: Caller,
    db: Db,
    store: Store,
    response: Response,
) -> Job:
    """Let the project's newest model look at a picture (PNG, JPEG, ...); it is not kept for long.

    A worker does it; the mask is at `/jobs/{id}/mask` once the job has succeeded.
    """
    job = predictions.request(db, store, project, body, by=caller)
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return Job.of(job)


@router.get("/jobs/{job_id}/mask", response_class=Response, responses=pictures.CONTENT)
def show_prediction(job: JobAsReviewer, request: Request, store: Store) -> Response:
    """What a prediction has found: an index PNG of class values, at the picture's size."""
    return pictures.stored(request, store, predictions.mask_of(job), f"prediction-{job.id}")
