"""What has gone wrong in comparable services, each as a fact about this one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from core.db import transaction
from core.models import Base
from core.settings import settings
from tests.server.people import API, Person, Team, problem
from tests.server.things import things_of

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


def files() -> set[str]:
    root = settings().data_dir / "store" / "sha256"
    return {str(each) for each in root.rglob("*") if each.is_file()}


def test_looking_changes_nothing(team: Team):
    """Links that change something can be followed in another's name."""
    things = things_of(team)
    before, kept = rows(), files()
    looked = 0
    for path, methods in document(team)["paths"].items():
        if "get" in methods and not path.endswith("/events"):
            answer = team.client.get(path.format(**things), headers=bearer(team.site_admin))
            assert answer.status_code < 500, path
            looked += answer.status_code == 200
    assert (rows(), files()) == (before, kept)
    assert looked > 40


def document(team: Team) -> dict[str, Any]:
    found: dict[str, Any] = team.client.app.openapi()  # type: ignore[attr-defined]
    return found


def bearer(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


SECRET = "lies beside the store"
UPWARDS = ("../../canary.txt", "..%2fcanary.txt", "{folder}/canary.txt")


def texts(team: Team) -> Iterator[tuple[str, str, str, str]]:
    """Method, path, place and name of every text that a request may hold."""
    known = document(team)
    for path, methods in known["paths"].items():
        for method, call in methods.items():
            for each in call.get("parameters", ()):
                if "string" in json.dumps(each["schema"]) and each["in"] != "path":
                    yield method, path, each["in"], each["name"]
            for name, schema in fields(known, call).items():
                if "string" in json.dumps(schema):
                    yield method, path, "json", name


def fields(known: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    body = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    kind = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = known["components"]["schemas"].get(kind, {}).get("properties", {})
    return found


# So that what is sent beside the text is right.
WHOLE: dict[str, dict[str, Any]] = {
    "/projects/{project_id}/uploads": {"name": "a.zip", "size_bytes": 1, "sha256": "0" * 64},
    "/projects/{project_id}/imports": {"path": "/", "layout": "plain"},
    "/projects/{project_id}/exports": {"format": "coco"},
    "/projects/{project_id}/leases": {"session": "s"},
}


def test_no_text_of_a_request_is_a_path(team: Team):
    """One entry after another was once found that read what a name led to."""
    things, folder = things_of(team), settings().data_dir
    for place in (folder, folder / "store", folder.parent):
        (place / "canary.txt").write_text(SECRET)
    asked, wrong = 0, []
    for method, path, where, name in texts(team):
        for each in UPWARDS:
            text = each.format(folder=folder)
            parts: dict[str, Any] = {"headers": bearer(team.site_admin)}
            if where == "json":
                parts["json"] = WHOLE.get(path.removeprefix(API), {}) | {name: text}
            elif where == "query":
                parts["params"] = {name: text}
            else:
                parts["headers"][name] = text
            if path.endswith("/events"):
                continue
            answer = team.client.request(method, path.format(**things), **parts)
            asked += 1
            if answer.status_code >= 500 or SECRET in answer.text:
                wrong.append((method, path, name, text, answer.status_code))
    assert wrong == []
    assert asked > 150


@pytest.mark.parametrize("who", ["annotator", "reviewer", "admin", "outsider"])
def test_nobody_raises_their_own_role(team: Team, who: str):
    person: Any = getattr(team, who)
    problem(person.post("/users", {"name": "x", "is_admin": True}), 403, "forbidden")
    member = person.put(f"{team.path}/members/{person.user.id}", {"role": "admin"})
    assert member.status_code == {"admin": 200, "outsider": 404}.get(who, 403)
    assert person.get("/users/me").json()["is_admin"] is False
