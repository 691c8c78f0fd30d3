"""Regions that a cycle chose, on their way into the queue."""

from typing import Any

import pytest
from sqlalchemy import select

from core import publishing
from core.db import transaction
from core.models import Project, Region, User
from core.plans import Plan
from tests import factories
from tests.factories import act


@pytest.fixture
def rows(project: Project, ada: User) -> list[dict[str, Any]]:
    on = factories.image(project, size=(40, 80))
    return factories.suggested(factories.cycle(project, ada, Plan(regions=1)), on, 7)


def test_regions_are_published_as_they_were_chosen(
    project: Project, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(publishing, "BATCH", 3)
    rows[0] |= {"score": 0.1 + 0.2, "suggestion_withheld": True}
    rows[1] |= {"score": None, "suggestion_key": None, "source": "random"}
    act(publishing.publish, rows)
    with transaction() as db:
        mine = select(Region).where(Region.project_id == project.id).order_by(Region.rank)
        found = db.scalars(mine).all()
    stored = [
        {name: getattr(region, name) for name in row}
        for region, row in zip(found, rows, strict=True)
    ]
    assert stored == rows
    assert {(each.state, each.epoch, each.priority) for each in found} == {("open", 0, 0)}
    assert [each.suggestion_withheld for each in found] == [True] + 6 * [False]
