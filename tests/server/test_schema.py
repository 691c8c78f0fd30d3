"""Requests drawn from the OpenAPI document, for every role: no crash, nothing undocumented.

`TESSERA_SCHEMA_EXAMPLES` draws more of each call (the default stays within about a minute).
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from tests.server.people import API, Person, Team, assemble

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("TESSERA_SCHEMA_EXAMPLES", "2"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# An event stream ends when its reader leaves, and this one stays.
ENDLESS = ("/events",)
Requests = Callable[[GenerationMode], list[tuple[str, list[Any]]]]
ROLES = ("outsider", "annotator", "reviewer", "admin", "site_admin")


@pytest.fixture(scope="module")
def team(client: TestClient) -> Team:
    made = assemble(client)
    made.labelling()
    return made


@pytest.fixture(scope="module")
def requests(client: TestClient) -> Requests:
    """Each call's name with requests for it: drawing them takes longer than asking, so all roles
    ask for the same."""
    app: Any = client.app
    schema = schemathesis.openapi.from_asgi(f"{API}/openapi.json", app)
    calls = [each.ok() for each in schema.get_all_operations()]
    asked = [each for each in calls if not each.path.endswith(ENDLESS)]
    return cache(lambda mode: [(each.label, drawn(each.as_strategy(mode))) for each in asked])


def drawn(cases: SearchStrategy[Any]) -> list[Any]:
    """Some requests of a call, always the same ones."""
    found: list[Any] = []

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def note(case: Any) -> None:
        found.append(case)

    # A call without parameters has nothing that could be wrong about it.
    with suppress(Unsatisfiable):
        note()
    return found


@pytest.mark.parametrize(
    ("role", "mode"),
    [
        *((role, GenerationMode.POSITIVE) for role in ROLES),
        *((role, GenerationMode.NEGATIVE) for role in ("annotator", "site_admin")),
    ],
)
def test_no_request_of_the_document_gets_an_answer_outside_it(
    requests: Requests, team: Team, role: str, mode: GenerationMode
):
    person: Person = getattr(team, role)
    asked = [(name, case) for name, cases in requests(mode) for case in cases]
    assert len({name for name, _ in asked}) > 50
    assert [fault for name, case in asked for fault in faults(name, case, person)] == []


def faults(name: str, case: Any, person: Person) -> list[str]:
    """What is wrong with the answer to a request, one line of each to see them all at once."""
    answer = case.call(headers={"Authorization": f"Bearer {person.token}"})
    try:
        case.validate_response(answer, checks=CHECKS)
    except Exception as error:
        return [f"{name}: {answer.status_code} {str(error)[:300]}"]
    return []
