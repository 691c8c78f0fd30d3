"""Imports, and the jobs that do machine work."""

from typing import Any

from fastapi import Response
from sqlalchemy import select

from core import imports, jobs, models, paging
from core.errors import (
    Conflict,
    DiskFull,
    JobOver,
    LayoutUnknown,
    NotFound,
    PathNotAllowed,
    UploadUnfinished,
)
from server import nouns
from server.deps import Caller, Db, Pages, Store
from server.once import Idempotent
from server.problems import responses
from server.rights import (
    JobAsAdmin,
    JobAsAnnotator,
    JobAsReviewer,
    ProjectAsAdmin,
    ProjectAsAnnotator,
)
from server.schemas.common import PageOf, page_of
from server.schemas.jobs import FileReport, Job, NewImport

router = nouns.router("jobs", NotFound)


@router.post(
    "/projects/{project_id}/imports",
    status_code=202,
    response_model=Job,
    responses=responses(PathNotAllowed, LayoutUnknown, UploadUnfinished, DiskFull),
)
def start_import(
    project: ProjectAsAdmin, wanted: NewImport, caller: Caller, db: Db, once: Idempotent
) -> Response:
    """Import a folder of the server, or an uploaded archive.

    All of it or nothing: the job's report names each file.
    """
    return once.do(
        db,
        caller,
        202,
        lambda: Job.of(imports.request(db, project, wanted.request(), by=caller)),
        location="/api/v1/jobs/{id}",
    )


@router.get("/projects/{project_id}/jobs")
def list_jobs(project: ProjectAsAnnotator, page: Pages, db: Db) -> PageOf[Job]:
    """The project's jobs, newest first."""
    query = select(models.Job).where(models.Job.project_id == project.id)
    found = paging.page(db, query, models.Job.id, newest_first=True, **page.asked())
    return page_of(found, Job.of)


@router.get("/jobs/{job_id}")
def show_job(job: JobAsAnnotator) -> Job:
    """One job, with its progress while it runs."""
    return Job.of(job)


@router.get("/jobs/{job_id}/report")
def show_report(job: JobAsReviewer, page: Pages, store: Store) -> PageOf[FileReport]:
    """What became of each file of an import. Reviewers and admins."""
    key = (job.result or {}).get("report_key")
    if key is None:
        raise NotFound(f"Job {job.id} has no report: it is no import, or has not ended.")

    def read(first: int, count: int) -> list[dict[str, Any]]:
        return imports.outcomes(store, key, first=first, count=count)

    return page_of(paging.slice_read(read, **page.asked()), FileReport.model_validate)


@router.post("/jobs/{job_id}/cancellation", status_code=202, responses=responses(JobOver, Conflict))
def cancel_job(job: JobAsAdmin, caller: Caller, db: Db) -> Job:
    """Stop an import: at once while it waits, else at its next sign of life.

    The stages of a cycle are not cancelled one by one: cancel the cycle.
    """
    if job.cycle_id is not None:
        raise Conflict(
            f"Job {job.id} is the {job.kind} stage of cycle {job.cycle_id}; cancel the cycle "
            f"with POST /api/v1/cycles/{job.cycle_id}/cancellation.",
            cycle=job.cycle_id,
        )
    return Job.of(jobs.request_cancel(db, job, by=caller))
