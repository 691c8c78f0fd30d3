"""The OpenAPI document: what FastAPI reads from the routes, and the problem documents."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from server.schemas.common import Problem
from server.schemas.labels import Fill

ABOUT = """People label small regions of images; a semi-supervised learner decides which regions are
worth their time. Send `Authorization: Bearer tes_...` with every call under /api/v1.

Errors are problem documents (`application/problem+json`) whose `type` ends in a stable code.
Lists come in pages: pass `next_cursor` as `cursor`. A call that takes an `Idempotency-Key` is done
once per key; its repeat is answered with what the first one gave, and `Idempotency-Replayed: true`.
"""


def document(app: FastAPI) -> dict[str, Any]:
    """The document, with the schemas that no route names as its model."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=ABOUT,
        routes=app.routes,
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, Fill):
        schemas[model.__name__] = model.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return found
