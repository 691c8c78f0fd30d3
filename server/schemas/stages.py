"""The stages of a cycle."""

from typing import Any, Literal, Self

from core.standing import Standing
from server.schemas.common import Given
from server.schemas.jobs import Failure, State


class Stage(Given):
    """A large pool is scored in shards, by many workers at once: this is all of them together,
    and `job_id` the one that says most, such as the one that failed."""

    job_id: int
    kind: Literal["train", "evaluate", "score", "select"]
    state: State
    attempt: int
    progress: dict[str, Any]
    seconds: float | None
    error: Failure | None
    shards: int
    shards_done: int

    @classmethod
    def of(cls, stage: Standing, seconds: dict[str, float]) -> Self:
        return cls(
            job_id=stage.job.id,
            kind=stage.kind,
            state=stage.state,
            attempt=stage.attempt,
            progress=stage.progress,
            seconds=seconds.get(stage.kind),
            error=Failure.of(stage.job),
            shards=stage.shards,
            shards_done=stage.shards_done,
        )
