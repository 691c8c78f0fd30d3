"""What has gone wrong in comparable services, each as a fact about this one."""

from typing import Any

import pytest
from sqlalchemy import func, select

from core.db import transaction
from core.models import Base
from tests.server.people import API, Team, problem

pytestmark = pytest.mark.slow


def lists(team: Team) -> list[str]:
    """Every list that is asked for by at most its project."""
    paths = team.client.app.openapi()["paths"]  # type: ignore[attr-defined]
    found = [
        path.removeprefix(API).format(project_id=team.project.id)
        for path in paths
        if path.count("{") - path.count("{project_id}") == 0 and "get" in paths[path]
    ]
    return [path for path in found if not path.startswith(("/health", "/metrics"))]


FILTERS = (
    "user__password__startswith=$argon2",
    "password=a",
    "filter[digest]=a",
    "order_by=digest",
)


@pytest.mark.parametrize("wish", FILTERS)
def test_no_list_can_be_asked_about_what_it_does_not_show(team: Team, wish: str):
    """Hashes were once read letter by letter through filters that reached other tables."""
    for path in lists(team):
        if not path.endswith("/events"):
            plain, filtered = team.site_admin.get(path), team.site_admin.get(f"{path}?{wish}")
            assert (filtered.status_code, filtered.text) == (plain.status_code, plain.text), path
            assert "argon2" not in plain.text


def rows() -> dict[str, int]:
    with transaction() as db:
        return {
            table.name: db.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_looking_changes_nothing(team: Team):
    """Links that change something can be followed in another's name."""
    team.labelling()
    before = rows()
    for path in lists(team):
        if not path.endswith("/events"):
            assert team.admin.get(path).status_code in (200, 403, 404), path
    assert rows() == before


@pytest.mark.parametrize("who", ["annotator", "reviewer", "admin", "outsider"])
def test_nobody_raises_their_own_role(team: Team, who: str):
    person: Any = getattr(team, who)
    problem(person.post("/users", {"name": "x", "is_admin": True}), 403, "forbidden")
    member = person.put(f"{team.path}/members/{person.user.id}", {"role": "admin"})
    assert member.status_code == {"admin": 200, "outsider": 404}.get(who, 403)
    assert person.get("/users/me").json()["is_admin"] is False
