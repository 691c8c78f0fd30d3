import base64
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.errors import LeaseSuperseded, TesseraError
from server import problems
from tests.server.people import API, Team, problem

JSON = {"Content-Type": "application/json"}


def test_an_unknown_route_is_a_problem(client: TestClient):
    for path in ("/nothing", f"{API}/nothing", f"{API}/projects/"):
        problem(client.get(path), 404, "not_found")


def test_a_wrong_method_is_told_the_right_ones(client: TestClient):
    answer = client.delete(f"{API}/projects/1/classes")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, PUT"


def test_what_is_wrong_with_a_body_is_listed(team: Team):
    answer = team.site_admin.post("/users", {"nam": "x", "is_admin": "maybe"})
    body = problem(answer, 422, "validation_failed")
    assert {each["where"] for each in body["errors"]} == {
        "body.name",
        "body.nam",
        "body.is_admin",
    }
    assert body["instance"] == "/api/v1/users"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"",
        b'{"name": "\xff"}',
        b"[" * 19_000,
        b'{"name": ' + b"1" * 5000 + b"}",
        b'{"name": "\\ud800"}',
        b'{"name": "\\u0000"}',
        b'{"name": 1e400}',
    ],
)
def test_broken_json_is_refused_and_nothing_worse(team: Team, body: bytes):
    answer = team.site_admin.post("/users", content=body, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["type"] in ("/problems/bad_request", "/problems/validation_failed")


def test_json_has_to_say_that_it_is(team: Team):
    answer = team.site_admin.post(
        "/users", content=b'{"name": "x"}', headers={"Content-Type": "text/plain"}
    )
    problem(answer, 422, "validation_failed")


@pytest.mark.parametrize(
    "overrides", [{"\ud800": 1}, {"x\0y": 1}, {"schedule": {"steps": "a" * 15_000}}]
)
def test_strange_texts_are_quoted_safely_and_briefly(team: Team, overrides: dict[str, Any]):
    body = json.dumps({"recipe": {"name": "s4al-cpu", "overrides": overrides}}).encode()
    answer = team.admin.call("PATCH", team.path, content=body, headers=JSON)
    assert answer.status_code == 422
    assert len(answer.content) < 3000


def test_a_text_that_the_database_refuses_is_the_callers_mistake(team: Team):
    key = {"Idempotency-Key": "é" * 10}
    assert team.annotator.post(f"{team.path}/leases", {}, headers=_latin(key)).status_code == 200
    huge = team.annotator.get(f"/projects?cursor={_cursor(2**70)}")
    problem(huge, 422, "cursor_invalid")


def _latin(headers: dict[str, str]) -> Any:
    return {name: value.encode("latin-1") for name, value in headers.items()}


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"after:{position}".encode()).decode().rstrip("=")


def test_an_id_of_any_length_is_no_crash(team: Team):
    problem(team.admin.get(f"/cycles/{2**63}"), 422, "validation_failed")
    problem(team.admin.get(f"/cycles/{2**63 - 1}"), 404, "not_found")
    problem(team.admin.get("/cycles/-1"), 422, "validation_failed")


@pytest.mark.parametrize(
    "kind", [kind for kind in problems.known().values() if "tests" not in kind.__module__]
)
def test_every_kind_of_problem_has_a_page(client: TestClient, kind: type[TesseraError]):
    page = client.get(f"/problems/{kind.code()}")
    assert (page.status_code, kind.title() in page.text) == (200, True)


def test_an_unknown_kind_has_none(client: TestClient):
    problem(client.get("/problems/nonsense"), 404, "not_found")


def test_extras_stand_beside_the_standard_fields():
    found = problems.document(LeaseSuperseded("Over.", draft_id=4), path="/x", request_id="r")
    assert found == {
        "type": "/problems/lease_superseded",
        "title": "The lease is over and the region has gone on without it.",
        "status": 409,
        "detail": "Over.",
        "instance": "/x",
        "request_id": "r",
        "draft_id": 4,
    }


def test_a_path_has_the_methods_of_all_its_routes():
    document: Any = {"paths": {"/a/{id}": {"get": {}, "put": {}}, "/a/b": {"post": {}}}}
    assert problems.methods_at(document, "/a/1") == ["GET", "PUT"]
    assert problems.methods_at(document, "/a/1/c") == []
