"""Jobs and what imports report."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from core import models
from core.imports import Request
from server.schemas.common import Given, Taken

# Where files lie in the store is nobody's business outside.
PRIVATE = {
    *("report_key", "archive_key", "mask_key", "weights", "scores", "cells"),
    *("confusions", "predictions"),
}

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
State = Literal["pending", "running", "succeeded", "failed", "cancelled"]


class NewImport(Taken):
    """Either `path` or `upload_id` says what to import."""

    path: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00]+$")]
        | None,
        Field(
            description="A folder on the server, under one of its import roots; or a bucket, under "
            "one of its import buckets, whose images stay where they are",
            examples=["/data/streets", "s3://streets/2026"],
        ),
    ] = None
    upload_id: Annotated[
        int | None, Field(ge=1, le=2**63 - 1, description="An archive that has been uploaded")
    ] = None
    layout: Annotated[Layout | None, Field(description="Found out when left out")] = None
    pool_masks: Annotated[
        bool, Field(description="False leaves the pool's masks out: its images stay unlabelled")
    ] = True
    dry_run: Annotated[bool, Field(description="Check and report, and write nothing")] = False

    @model_validator(mode="after")
    def one_source(self) -> Self:
        if (self.path is None) == (self.upload_id is None):
            raise ValueError("expected either a path on the server or the id of an upload")
        return self

    def request(self) -> Request:
        return Request(**self.model_dump() | {"path": self.path or ""})


class Failure(Given):
    kind: Annotated[str, Field(alias="class", examples=["out_of_memory"])]
    text: str

    @classmethod
    def of(cls, job: models.Job) -> Self | None:
        if job.error_class is None:
            return None
        return cls(kind=job.error_class, text=job.error_text or "")


class Job(Given):
    id: int
    kind: Literal["import", "export", "predict", "control", "train", "evaluate", "score", "select"]
    state: State
    project_id: int
    cycle_id: int | None
    attempt: int
    progress: dict[str, Any]
    result: dict[str, Any] | None
    error: Failure | None
    created_at: datetime
    claimed_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: models.Job) -> Self:
        return cls(
            id=job.id,
            kind=job.kind,
            state=job.state,
            project_id=job.project_id,
            cycle_id=job.cycle_id,
            attempt=job.attempt,
            progress=job.progress,
            result=public(job.result),
            error=Failure.of(job),
            created_at=job.created_at,
            claimed_at=job.claimed_at,
            finished_at=job.finished_at,
        )


def public(result: dict[str, Any] | None) -> dict[str, Any] | None:
    """The result without the keys of files."""
    if result is None:
        return None
    return {key: value for key, value in result.items() if key not in PRIVATE}


class FileReport(Given):
    """What an import did, or would do, with one file."""

    file: str
    split: str
    outcome: Literal["added", "mask_added", "tags_changed", "unchanged", "problem"]
    problem: str | None = None
    detail: str = ""
    width: int | None = None
    height: int | None = None
