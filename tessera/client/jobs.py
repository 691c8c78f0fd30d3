"""Imports and the jobs that do them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from tessera.client.models import FileReport, Job
from tessera.client.problems import JobUnsuccessful
from tessera.client.transport import Transport, given
from tessera.client.waiting import watch

Layout = Literal[
    "plain",
    "camvid",
    "camvid-lists",
    "camvid-color",
    "cityscapes",
    "voc",
    "coco",
    "label-studio",
    "cvat",
    "slices",
    "images",
]
ENDED = {"succeeded", "failed", "cancelled"}


class Jobs(Transport):
    def import_folder(
        self,
        project_id: int,
        path: str | Path,
        *,
        layout: Layout | None = None,
        pool_masks: bool = True,
        dry_run: bool = False,
    ) -> Job:
        """`path` is a folder on the server, under one of its import roots, or a bucket's URL
        (s3://, gs://, az://) under one of its import buckets: images stay there, and are read when
        they are needed.

        Without `pool_masks` the pool stays unlabelled even where masks lie beside it.
        """
        body = {"path": str(path), "pool_masks": pool_masks, "dry_run": dry_run}
        body |= given({"layout": layout})
        return self.post(f"/projects/{project_id}/imports", Job, body, once=True)

    def import_upload(
        self,
        project_id: int,
        upload_id: int,
        *,
        layout: Layout | None = None,
        pool_masks: bool = True,
        dry_run: bool = False,
    ) -> Job:
        """The same for an archive that has been uploaded; the import consumes it."""
        body = {"upload_id": upload_id, "pool_masks": pool_masks, "dry_run": dry_run}
        body |= given({"layout": layout})
        return self.post(f"/projects/{project_id}/imports", Job, body, once=True)

    def job(self, job_id: int) -> Job:
        return self.get(f"/jobs/{job_id}", Job)

    def jobs(self, project_id: int) -> Iterator[Job]:
        """Newest first."""
        return self.pages(f"/projects/{project_id}/jobs", Job)

    def report(self, job_id: int) -> Iterator[FileReport]:
        """What an import did with each file."""
        return self.pages(f"/jobs/{job_id}/report", FileReport)

    def cancel_job(self, job_id: int) -> Job:
        return self.post(f"/jobs/{job_id}/cancellation", Job)

    def wait_for_job(
        self,
        job_id: int,
        *,
        timeout_s: float = 3600,
        poll_s: float = 1.0,
        on_progress: Callable[[Job], None] | None = None,
    ) -> Job:
        """The job once it has succeeded; JobUnsuccessful when it ends in another way."""
        ended = watch(
            lambda: self.job(job_id),
            lambda job: job.state in ENDED,
            timeout_s=timeout_s,
            poll_s=poll_s,
            on_progress=on_progress,
        )
        if ended.state != "succeeded":
            why = f": {ended.error.kind}, {ended.error.text}" if ended.error else ""
            raise JobUnsuccessful(f"{ended.kind} job {ended.id} {ended.state}{why}")
        return ended
