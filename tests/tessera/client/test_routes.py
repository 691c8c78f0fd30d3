"""Every call of the HTTP interface has a method of the client that makes it.

Which method makes which call is read from the client's own source: the verb and the path stand
where it sends. Nothing is listed twice.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import tessera.client
from server.app import create_app
from tessera.client import Client
from tests.environment import settings_of

FOLDER = Path(tessera.client.__file__).parent
VERBS = {"get": "GET", "blob": "GET", "save": "GET", "pages": "GET", "post": "POST", "put": "PUT"}
VERBS |= {"patch": "PATCH", "delete": "DELETE"}
API = "/api/v1"
PLACE = re.compile(r"{\w+}")


class Call(NamedTuple):
    """A call that a method of the client makes: its route, and every word in the method."""

    method: str
    route: str
    words: frozenset[str]


@cache
def calls() -> tuple[Call, ...]:
    return tuple(found_calls())


def found_calls() -> Iterator[Call]:
    for path in sorted(FOLDER.glob("*.py")):
        if path.stem == "transport":
            continue
        found = list(functions(ast.parse(path.read_text())))
        helpers = {each.name: frozenset(words_of(each)) for each in found if each.name[0] == "_"}
        for function in found:
            named = [n.id for n in ast.walk(function) if isinstance(n, ast.Name)]
            words = frozenset(words_of(function)).union(*(helpers.get(n, ()) for n in named))
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and (route := route_of(node, function)):
                    yield Call(function.name, route, words)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def words_of(function: ast.FunctionDef) -> Iterator[str]:
    """Names of arguments and text: what the method can say."""
    for node in ast.walk(function):
        if isinstance(node, ast.arg | ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value)


def route_of(call: ast.Call, within: ast.FunctionDef) -> str | None:
    """`PUT /api/v1/leases/{}` of `self.put(f"/leases/{lease.id}", ...)`; None of other calls."""
    if not isinstance(call.func, ast.Attribute):
        return None
    name, arguments = call.func.attr, list(call.args)
    if name in ("send", "stream", "file"):
        verb = arguments.pop(0)
        assert isinstance(verb, ast.Constant)
        path = template(arguments[0], within)
        return f"{verb.value} {path}"
    if name in VERBS and isinstance(call.func.value, ast.Name) and call.func.value.id == "self":
        return f"{VERBS[name]} {API}{template(arguments[0], within)}"
    return None


def template(node: ast.expr, within: ast.FunctionDef) -> str:
    """The text of a path, with {} for what is filled in and without its query."""
    if isinstance(node, ast.Name):  # a variable of the method
        node = next(
            each.value
            for each in ast.walk(within)
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == node.id
        )
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(map(text_of, parts)).partition("?")[0]


def text_of(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    inner = part.value if isinstance(part, ast.FormattedValue) else part
    return API if isinstance(inner, ast.Name) and inner.id == "API" else "{}"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Asks neither the database nor Redis for anything."""
    with settings_of(tmp_path_factory.mktemp("data"), database_url="postgresql://nowhere/x"):
        return create_app().openapi()


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {PLACE.sub('{}', path)}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_has_a_method(document: dict[str, Any]):
    assert set(operations(document)) - {call.route for call in calls()} == set()


def test_every_call_leads_to_a_route(document: dict[str, Any]):
    known = {*operations(document), f"GET {API}/openapi.json"}
    assert {call.route for call in calls()} - known == set()


def test_what_calls_is_a_method_of_the_client():
    """A private helper may send for one; everything else is there to be called."""
    assert [
        c for c in calls() if not c.method.startswith("_") and not hasattr(Client, c.method)
    ] == []


# A preview takes the body of a cycle to start; what it would not show is left to its default.
UNSEEN = {"auto", "control", "evaluate_test", "without_suggestion"}


def test_methods_can_say_all_that_routes_take(document: dict[str, Any]):
    """Every parameter and every field of a JSON body occurs in a method that makes the call."""
    schemas = document["components"]["schemas"]
    silent = []
    for route, operation in operations(document).items():
        known = frozenset[str]().union(*(call.words for call in calls() if call.route == route))
        silent += [(route, name) for name in taken(operation, schemas) if name not in known]
    assert [
        each for each in silent if not (each[0].endswith("previews") and each[1] in UNSEEN)
    ] == []


def taken(operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    for each in operation.get("parameters", ()):
        if each["in"] == "query" and each["name"] not in ("limit", "cursor"):
            yield each["name"]
    content = operation.get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if reference:
        yield from schemas[reference.rpartition("/")[2]].get("properties", ())


def test_what_is_done_once_per_key_is_sent_with_one(document: dict[str, Any]):
    """A POST that may be repeated under a key is: its method says `once`."""
    keyed = {
        route
        for route, operation in operations(document).items()
        if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))
    }
    assert keyed
    assert {c.route for c in calls() if c.route in keyed and "once" not in c.words} == set()
