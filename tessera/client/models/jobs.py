"""Jobs, and what an import did."""

from datetime import datetime
from typing import Any, Literal

from tessera.client.models.base import Answer, Failure
from tessera.client.models.projects import Split

JobState = Literal["pending", "running", "succeeded", "failed", "cancelled"]


class Job(Answer):
    id: int
    kind: Literal["import", "export", "predict", "control", "train", "evaluate", "score", "select"]
    state: JobState
    project_id: int
    cycle_id: int | None = None
    attempt: int = 0
    progress: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    error: Failure | None = None
    created_at: datetime
    claimed_at: datetime | None = None
    finished_at: datetime | None = None


class FileReport(Answer):
    """What an import did, or would do, with one file."""

    file: str
    split: Split | None = None
    outcome: Literal["added", "mask_added", "tags_changed", "unchanged", "problem"]
    problem: str | None = None
    detail: str | None = None
    width: int | None = None
    height: int | None = None
