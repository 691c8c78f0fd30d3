"""A curl command for each call of the OpenAPI document, ready to paste into a POSIX shell."""

import json
import re
import shlex
from typing import Any

Document = dict[str, Any]

# What a parameter without an example of its own stands for.
VALUES = {"lease_id": "00000000-0000-4000-8000-000000000001"}


def curl(document: Document, method: str, path: str) -> str:
    """The command; it needs TESSERA_URL and TESSERA_TOKEN in the environment."""
    operation = document["paths"][path][method.lower()]
    address = f'"$TESSERA_URL{_filled(path)}{_query(operation)}"'
    parts = [f"curl -sS -X {method} {address}"]
    if operation.get("security"):
        parts.append('-H "Authorization: Bearer $TESSERA_TOKEN"')
    parts += _body(document, operation)
    parts += _output(operation)
    return " \\\n  ".join(parts)


def _filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: VALUES.get(found[1], "1"), path)


def _query(operation: dict[str, Any]) -> str:
    wanted = [
        f"{each['name']}={VALUES.get(each['name'], '1')}"
        for each in operation.get("parameters", [])
        if each["in"] == "query" and each.get("required")
    ]
    return "?" + "&".join(wanted) if wanted else ""


def _body(document: Document, operation: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return []
    described = content["application/json"]
    value = described.get("example") or sample(document, described["schema"])
    return ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(value))}"]


def _output(operation: dict[str, Any]) -> list[str]:
    kinds = operation["responses"].get("200", {}).get("content", {})
    if "image/png" in kinds:
        return ["-o picture.png"]
    if "application/octet-stream" in kinds:
        return ["-o pixels.bin"]
    return ["-N"] if "text/event-stream" in kinds else []


def sample(document: Document, schema: dict[str, Any]) -> Any:
    """A value of this schema: its example, its default, or the required fields' samples."""
    found = resolved(document, schema)
    if "example" in found:
        return found["example"]
    if "examples" in found:
        return found["examples"][0]
    if "properties" in found:
        return {
            name: sample(document, field)
            for name, field in found["properties"].items()
            if name in found.get("required", ()) or "examples" in resolved(document, field)
        }
    if "enum" in found:
        return found["enum"][0]
    plain = {
        "integer": int(found.get("minimum", 1)),
        "boolean": False,
        "array": [],
        "string": "text",
    }
    return plain.get(found.get("type", ""))


def resolved(document: Document, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema behind references; of alternatives, the first that is not null."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return resolved(document, document["components"]["schemas"][name])
    if "anyOf" in schema and "examples" not in schema:
        return resolved(document, schema["anyOf"][0])
    return schema
