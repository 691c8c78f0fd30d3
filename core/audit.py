"""The audit trail: who did what, in the transaction that did it."""

from typing import Any

from sqlalchemy.orm import Session

from core.models import Event


def record(
    db: Session,
    kind: str,
    *,
    project_id: int | None = None,
    cycle_id: int | None = None,
    user_id: int | None = None,
    **data: Any,
) -> None:
    """Append one event. `kind` is noun.verb in the past, such as `cycle.started`."""
    event = Event(kind=kind, project_id=project_id, cycle_id=cycle_id, user_id=user_id, data=data)
    db.add(event)
