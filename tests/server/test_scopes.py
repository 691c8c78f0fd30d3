import re

import pytest

from server import scopes
from tests.server.people import API, Person, Team, problem

pytestmark = pytest.mark.slow


def with_scope(team: Team, scope: str, of: Person | None = None) -> Person:
    owner = of or team.admin
    made = owner.post(f"/users/{owner.user.id}/tokens", {"scope": scope}).json()
    assert made["scope"] == scope
    return Person(team.client, owner.user, made["token"])


def changes(team: Team) -> list[tuple[str, str]]:
    """Every route that changes something, as FastAPI knows it."""
    paths = team.client.app.openapi()["paths"]  # type: ignore[attr-defined]
    return [
        (method.upper(), path.removeprefix(API))
        for path, methods in paths.items()
        for method in methods
        if method.upper() not in scopes.SAFE
    ]


def filled(path: str) -> str:
    lease = "0" * 8 + "-0000-4000-8000-" + "0" * 12
    return re.sub(r"\{\w+\}", "1", path.replace("{lease_id}", lease))


def test_a_token_for_reading_changes_nothing(team: Team):
    reader = with_scope(team, "read")
    assert reader.get(team.path).status_code == 200
    for method, path in changes(team):
        said = problem(reader.call(method, filled(path)), 403, "forbidden")
        assert "scope is 'read'" in said["detail"], path


def test_a_token_for_annotating_leases_and_labels_and_nothing_else(team: Team):
    annotator = with_scope(team, "annotate")
    for method, path in changes(team):
        answer = annotator.call(method, filled(path))
        queue = ("/projects/{project_id}/leases", "/leases/", "/regions/")
        reaches = path.startswith(queue)
        assert ("scope is" in answer.text) != reaches, (method, path, answer.text)
    team.labelling()
    assert annotator.put_label(annotator.lease(team.project), 1).status_code == 201


def test_a_scope_never_gives_more_than_its_user_has(team: Team):
    problem(with_scope(team, "all", team.annotator).patch(team.path, {}), 403, "forbidden")
    problem(with_scope(team, "read", team.outsider).get(team.path), 404, "not_found")


@pytest.mark.parametrize("scope", ["read", "annotate"])
def test_a_token_makes_no_stronger_one(team: Team, scope: str):
    weak = with_scope(team, scope)
    problem(weak.post(f"/users/{weak.user.id}/tokens", {"scope": "all"}), 403, "forbidden")
    problem(weak.post(f"/users/{weak.user.id}/invitations"), 403, "forbidden")
    problem(weak.put("/users/me/password", {"password": "a b c d e f g"}), 403, "forbidden")
