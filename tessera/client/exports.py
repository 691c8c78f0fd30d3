"""Exports: archives of a project's images and labels."""

from pathlib import Path
from typing import Literal

from tessera.client.models import Job
from tessera.client.transport import Transport, given

ExportFormat = Literal[
    "index",
    "voc",
    "cityscapes",
    "camvid-lists",
    "camvid-color",
    "coco",
    "label-studio",
    "cvat",
]


class Exports(Transport):
    def start_export(
        self,
        project_id: int,
        *,
        format: ExportFormat,
        cycle: int | None = None,
        completed: bool = False,
        pictures: bool = True,
    ) -> Job:
        """The labels of now, or those that the cycle of this number was trained on.

        `completed` lets the model fill what people were not asked, marked as such; without
        `pictures` there are masks alone. Wait for the job, then download its archive.
        """
        body = {"format": format, "completed": completed, "pictures": pictures}
        body |= given({"cycle": cycle})
        return self.post(f"/projects/{project_id}/exports", Job, body, once=True)

    def download_archive(self, job_id: int, path: str | Path) -> Path:
        """What an export has written, as a file; goes on where a connection broke off."""
        return self.save(f"/jobs/{job_id}/archive", Path(path))
