"""The audit trail grows and never changes."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from core import audit
from core.db import transaction
from core.models import Event, Project, User
from tests.factories import act, sql


def test_an_event_says_who_did_what(project: Project, ada: User):
    act(audit.record, "thing.done", project_id=project.id, user_id=ada.id, size=3)
    with transaction() as db:
        event = db.scalars(select(Event).where(Event.kind == "thing.done")).one()
    assert (event.project_id, event.user_id, event.data) == (project.id, ada.id, {"size": 3})


@pytest.mark.parametrize(
    "change", ["UPDATE events SET kind = 'x'", "DELETE FROM events", "TRUNCATE events CASCADE"]
)
def test_the_trail_cannot_be_changed(project: Project, change: str):  # noqa: ARG001
    with pytest.raises(DBAPIError, match="append-only"):
        sql(change)
