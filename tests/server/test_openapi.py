from typing import Any

import pytest
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_call_has_a_summary_a_tag_and_a_description(document: dict[str, Any]):
    lacking = [
        name
        for name, each in operations(document)
        if not (each["summary"] and each["tags"] and each["description"])
    ]
    assert lacking == []


def test_every_call_of_the_interface_names_its_problems(document: dict[str, Any]):
    for name, each in operations(document):
        if "/api/v1" in name:
            content = each["responses"]["default"]["content"]
            assert list(content) == ["application/problem+json"], name


def test_every_reference_leads_somewhere(document: dict[str, Any]):
    schemas = document["components"]["schemas"]
    assert references(document) <= {f"#/components/schemas/{name}" for name in schemas}


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if "$ref" in node else set()
        return own.union(*(references(each) for each in node.values()))
    return set().union(*(references(each) for each in node)) if isinstance(node, list) else set()


def test_the_schemas_are_ours(document: dict[str, Any]):
    assert {"Problem", "Fill", "Cycle", "Lease"} <= set(document["components"]["schemas"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_calls_under_the_interface_ask_for_a_token(document: dict[str, Any]):
    open_calls = [name for name, each in operations(document) if not each.get("security")]
    assert [name for name in open_calls if "/api/v1" in name] == []
