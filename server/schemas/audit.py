"""The audit trail."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field

from core import models
from server.schemas.common import Given


class Event(Given):
    """One fact that is never changed or deleted."""

    id: int
    kind: Annotated[str, Field(examples=["cycle.started"])]
    at: datetime
    user_id: int | None
    user_name: str | None
    project_id: Annotated[int | None, Field(description="Null for what belongs to no project")]
    cycle_id: int | None
    data: dict[str, Any]

    @classmethod
    def of(cls, event: models.Event, names: dict[int, str]) -> Self:
        return cls(
            id=event.id,
            kind=event.kind,
            at=event.created_at,
            user_id=event.user_id,
            user_name=names.get(event.user_id) if event.user_id else None,
            project_id=event.project_id,
            cycle_id=event.cycle_id,
            data=event.data,
        )
