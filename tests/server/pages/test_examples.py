import json
import shlex
from typing import Any

import pytest

from server.pages import examples, reference
from tests.server.people import API, Team

pytestmark = pytest.mark.slow


def parts(command: str) -> tuple[str, str, bytes | None]:
    """Method, path and body of a curl command."""
    words = shlex.split(command)
    body = words[words.index("-d") + 1].encode() if "-d" in words else None
    address = next(word for word in words if word.startswith("$TESSERA_URL"))
    return words[words.index("-X") + 1], address.removeprefix("$TESSERA_URL"), body


def test_no_example_is_misunderstood(team: Team):
    """Whatever the state of things: each has the shape that its call takes."""
    document = team.client.app.openapi()  # type: ignore[attr-defined]
    wrong = []
    for method, path, _ in reference.operations(document):
        if path.endswith("/events"):
            continue
        verb, address, body = parts(examples.curl(document, method, path))
        headers = {"Authorization": f"Bearer {team.site_admin.token}"}
        headers |= {"Content-Type": "application/json"} if body else {}
        answer = team.client.request(verb, address, content=body, headers=headers)
        kind = answer.json().get("type", "") if "problem" in str(answer.headers) else ""
        if answer.status_code >= 500 or kind == "/problems/validation_failed":
            wrong.append((method, path, answer.text))
    assert wrong == []


def test_the_example_of_a_project_makes_one(team: Team):
    document = team.client.app.openapi()  # type: ignore[attr-defined]
    _, address, body = parts(examples.curl(document, "POST", f"{API}/projects"))
    made = team.site_admin.post(address.removeprefix(API), json.loads(body or b""))
    assert made.status_code in (201, 409), made.text


def test_a_thing_of_the_callers_has_an_example_of_its_kind():
    paths = {"/leases/{lease_id}": {"get": {"responses": {}, "security": [{"bearer": []}]}}}
    found = examples.curl({"paths": paths}, "GET", "/leases/{lease_id}")
    assert parts(found)[1] == "/leases/00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "minimum": 3.0}, 3),
        ({"enum": ["a", "b"]}, "a"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, False),
        ({"$ref": "#/components/schemas/X"}, {"a": "text"}),
        ({"example": 7}, 7),
    ],
)
def test_a_sample_fits_its_schema(schema: dict[str, Any], expected: object):
    made = {"properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]}
    assert examples.sample({"components": {"schemas": {"X": made}}}, schema) == expected
