"""The API reference, made from the OpenAPI document: parameters, bodies, answers, curl examples."""

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from server.pages import examples

Operation = dict[str, Any]
Document = dict[str, Any]


def body(document: Document, address: str) -> str:
    """The page's HTML. Every text of the document is escaped."""
    return "".join([_head(document, address), *_sections(document), *_shapes(document)])


def _head(document: Document, address: str) -> str:
    shell = f"export TESSERA_URL={address}\nexport TESSERA_TOKEN=tes_..."
    paragraphs = document["info"]["description"].strip().split("\n\n")
    return (
        f"<h1>{escape(document['info']['title'])} API</h1>"
        + "".join(f"<p>{_prose(each)}</p>" for each in paragraphs)
        + "<p>The examples below run in a shell that knows these two:</p>"
        + f"<pre>{escape(shell)}</pre>"
        + f"<p>{_links(document)}</p>"
    )


def _links(document: Document) -> str:
    tags = dict.fromkeys(operation["tags"][0] for _, _, operation in operations(document))
    links = [f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in tags]
    links.append('<a href="#shapes">shapes</a>')
    return " · ".join([*links, '<a href="/api/v1/openapi.json">OpenAPI document</a>'])


def operations(document: Document) -> Iterator[tuple[str, str, Operation]]:
    """Method, path and operation of every call."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _sections(document: Document) -> Iterator[str]:
    last = None
    ordered = sorted(operations(document), key=lambda each: _order(document, each[2]))
    for method, path, operation in ordered:
        tag = operation["tags"][0]
        if tag != last:
            yield f'<h2 id="{escape(tag)}">{escape(tag)}</h2>'
            last = tag
        yield _call(document, method, path, operation)


def _order(document: Document, operation: Operation) -> int:
    tags = list(dict.fromkeys(each["tags"][0] for _, _, each in operations(document)))
    return tags.index(operation["tags"][0])


def _call(document: Document, method: str, path: str, operation: Operation) -> str:
    about = "".join(
        f"<p>{_prose(each)}</p>" for each in operation.get("description", "").split("\n\n")
    )
    return (
        f"<details><summary><b>{method}</b> <code>{escape(path)}</code> "
        f"<span>{escape(operation['summary'])}</span></summary><div>{about}"
        f"{_parameters(operation)}{_request(document, operation)}{_answers(operation)}"
        f"<h4>Example</h4><pre>{escape(examples.curl(document, method, path))}</pre>"
        "</div></details>"
    )


def _parameters(operation: Operation) -> str:
    rows = [
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}"
        f"{', required' if each.get('required') else ''}</td>"
        f"<td><code>{escape(_kind(each['schema']))}</code></td>"
        f"<td>{_prose(each.get('description', ''))}</td></tr>"
        for each in operation.get("parameters", [])
    ]
    return f"<h4>Parameters</h4><table>{''.join(rows)}</table>" if rows else ""


def _request(document: Document, operation: Operation) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    shown = "".join(
        f"<p><code>{escape(kind)}</code></p>{_schema(document, described.get('schema', {}))}"
        for kind, described in content.items()
    )
    return f"<h4>Body</h4>{shown}" if shown else ""


def _schema(document: Document, schema: dict[str, Any]) -> str:
    found = examples.resolved(document, schema)
    required = set(found.get("required", ()))
    rows = [
        f"<tr><td><code>{escape(name)}</code></td><td>{'required' if name in required else ''}</td>"
        f"<td><code>{escape(_kind(field))}</code></td>"
        f"<td>{_prose(field.get('description', ''))}</td></tr>"
        for name, field in found.get("properties", {}).items()
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _answers(operation: Operation) -> str:
    rows = [
        f"<tr><td><code>{escape(status)}</code></td><td>{_answer(answer)}</td></tr>"
        for status, answer in sorted(operation["responses"].items())
    ]
    return f"<h4>Answers</h4><table>{''.join(rows)}</table>"


def _answer(answer: dict[str, Any]) -> str:
    """The shape's name, or what the answer is described as."""
    schemas = [each.get("schema", {}) for each in answer.get("content", {}).values()]
    named = [_kind(schema) for schema in schemas if "$ref" in schema]
    if named in ([], ["Problem"]):
        return _prose(answer.get("description", ""))
    return ", ".join(f'<a href="#shape-{escape(kind)}">{escape(kind)}</a>' for kind in named)


def _shapes(document: Document) -> Iterator[str]:
    yield '<h2 id="shapes">shapes</h2>'
    for name, schema in sorted(document.get("components", {}).get("schemas", {}).items()):
        table = _schema(document, schema)
        about = _prose(schema.get("description", ""))
        yield f'<h4 id="shape-{escape(name)}">{escape(name)}</h4><p>{about}</p>{table}'


def _prose(text: str) -> str:
    """Escaped text in which `this` is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words: its name, its type with bounds, or its choices."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_kind(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("type", "")) + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and high is None:
        return ""
    # Ids have 64 bits; their upper bound tells a reader nothing.
    shown_high = "" if high is None or high >= 2**31 else f"{high:.15g}"
    return f" {'' if low is None else f'{low:.15g}'}..{shown_high}"
