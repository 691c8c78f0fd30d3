import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from server.pages import reference

pytestmark = pytest.mark.slow


def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    return found


def test_every_call_is_shown_with_an_example(client: TestClient):
    page = client.get("/docs").text
    calls = list(reference.operations(document(client)))
    assert page.count("<details>") == len(calls) > 40
    assert page.count("curl -sS -X") == len(calls)


def test_links_lead_to_sections(client: TestClient):
    page = client.get("/docs").text
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r' id="([^"]+)"', page))


def test_texts_are_shown_and_never_run():
    operation = {
        "tags": ["<i>"],
        "summary": "<script>",
        "description": "a < b",
        "parameters": [{"name": "<b>", "in": "query", "schema": {"type": "integer"}}],
        "responses": {"200": {"description": "<u>"}},
    }
    paths = {"/<x>": {"get": operation}}
    found = reference.body({"info": {"title": "T", "description": "D"}, "paths": paths}, "<addr>")
    assert re.findall(r"<(script|i|b|u|x|addr)>", found.replace("<b>GET</b>", "")) == []


def test_a_crafted_host_is_shown_as_text(client: TestClient):
    page = client.get("/docs", headers={"Host": 'a"><script>alert(1)</script>'})
    assert "<script" not in page.text


def test_a_schema_is_said_in_a_few_words():
    kinds = {
        "integer 1..20": {"type": "integer", "minimum": 1, "maximum": 20},
        "integer 1..": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
        "string | null": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        '"a" | "b"': {"enum": ["a", "b"]},
        "[Region]": {"type": "array", "items": {"$ref": "#/components/schemas/Region"}},
    }
    assert {reference._kind(schema) for schema in kinds.values()} == set(kinds)
