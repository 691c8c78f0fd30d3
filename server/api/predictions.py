"""Predictions: a picture in, the newest model's mask of it out."""

from fastapi import Request, Response

from core import predictions
from core.db import transaction
from core.errors import (
    DiskFull,
    ImageUndecodable,
    NoModel,
    NotFound,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from server import nouns, pictures
from server.deps import RawBody, Store
from server.entry import ReviewerInProject
from server.problems import responses
from server.rights import JobAsReviewer
from server.schemas.jobs import Job

router = nouns.router("predictions", NotFound)
PICTURE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/projects/{project_id}/predictions",
    status_code=202,
    openapi_extra={"requestBody": {"required": True, "content": PICTURE}},
    responses=responses(
        NoModel, ImageUndecodable, UnsupportedMediaType, TooLarge, Unavailable, DiskFull
    ),
)
def start_prediction(
    asking: ReviewerInProject, body: RawBody, request: Request, store: Store, response: Response
) -> Job:
    """Let the project's newest model look at a picture (PNG, JPEG, ...); it is not kept for long.

    A worker does it; the mask is at `/jobs/{id}/mask` once the job has succeeded.
    """
    with transaction() as db:
        predictions.newest_model(db, asking.project_id)
    # No transaction waits for it.
    picture = request.app.state.decoding.upright(request, body)
    with transaction() as db:
        job = predictions.request(db, store, asking.project_id, picture, by=asking.caller)
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return Job.of(job)


@router.get("/jobs/{job_id}/mask", response_class=Response, responses=pictures.CONTENT)
def show_prediction(job: JobAsReviewer, request: Request, store: Store) -> Response:
    """What a prediction has found: an index PNG of class values, at the picture's size."""
    return pictures.stored(request, store, predictions.mask_of(job), f"prediction-{job.id}")
