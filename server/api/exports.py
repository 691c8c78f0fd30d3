"""Exports: a project's images and labels as one archive."""

from fastapi import Request, Response

from core import exports
from core.errors import DiskFull, ExportRefused, NotFound
from server import nouns, pictures
from server.deps import Caller, Db, Store
from server.files import RANGES, File
from server.once import Idempotent
from server.problems import responses
from server.rights import JobAsReviewer, ProjectAsAdmin
from server.schemas.exports import NewExport
from server.schemas.jobs import Job

router = nouns.router("exports", NotFound)
ZIP = "application/zip"


@router.post(
    "/projects/{project_id}/exports",
    status_code=202,
    response_model=Job,
    responses=responses(ExportRefused, DiskFull),
)
def start_export(
    project: ProjectAsAdmin,
    wanted: NewExport,
    caller: Caller,
    db: Db,
    store: Store,
    once: Idempotent,
) -> Response:
    """Write an archive; equal labels give equal bytes.

    The job's archive is at `/jobs/{id}/archive` once it has succeeded.
    """
    return once.do(
        db,
        caller,
        202,
        lambda: Job.of(exports.request(db, store, project, wanted.wanted(), by=caller)),
        location="/api/v1/jobs/{id}",
    )


@router.get(
    "/jobs/{job_id}/archive",
    response_class=Response,
    responses=pictures.content("A zip", ZIP) | RANGES,
)
def show_archive(job: JobAsReviewer, request: Request, store: Store) -> Response:
    """What an export has written; parts of it may be asked for with Range."""
    key, name = exports.archive_of(job), f"export-{job.id}.zip"
    tag = pictures.sha256_of(key)
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, max-age=86400, immutable"}
    if pictures.has(request, tag):
        return Response(status_code=304, headers=headers)
    return File(store.path(key), headers=headers, media_type=ZIP, filename=name)
