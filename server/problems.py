"""Problem documents (RFC 9457): every error leaves as one, with a stable type and a request id.

What core raises carries its status and sentence already. Everything else that can go wrong on the
way is translated here: validation, unknown routes, a database that is away or refuses a value.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy import exc as database
from starlette.exceptions import HTTPException

from core.db import ABSENT
from core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TesseraError,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)

MEDIA_TYPE = "application/problem+json"
LONGEST_DETAIL = 1000
MOST_ERRORS = 20

logger = logging.getLogger(__name__)


class InternalError(TesseraError):
    """Something went wrong on our side."""


class BadRequest(TesseraError):
    """The request could not be read."""

    status = 400


class MethodNotAllowed(TesseraError):
    """The route exists, but not with this method."""

    status = 405


class RangeNotSatisfiable(TesseraError):
    """The file does not reach that far."""

    status = 416


class RequestTimeout(TesseraError):
    """The request took too long to arrive."""

    status = 408


class ValidationFailed(Invalid):
    """The request does not have the shape that this route takes."""


def known() -> dict[str, type[TesseraError]]:
    """Every kind of problem by its code."""
    return {kind.code(): kind for kind in _family(TesseraError)}


def _family(kind: type[TesseraError]) -> Iterable[type[TesseraError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


def document(error: TesseraError, *, path: str, request_id: str) -> dict[str, Any]:
    """The problem document of an error; its detail is cut when it quotes too much."""
    detail = error.detail
    if len(detail) > LONGEST_DETAIL:
        detail = detail[:LONGEST_DETAIL] + " ..."
    return {
        "type": f"/problems/{error.code()}",
        "title": error.title(),
        "status": error.status,
        "detail": detail,
        "instance": path,
        "request_id": request_id,
        **error.extras,
    }


def answer(
    error: TesseraError, request: Request, headers: dict[str, str] | None = None
) -> Response:
    """The error as a response."""
    # The URL is made of the Host header too, which may hold anything.
    body = document(error, path=request.scope["path"], request_id=request_id_of(request))
    return rendered(body, error_headers(error) | (headers or {}))


def rendered(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """A problem document as a response; what is no Unicode text leaves escaped."""
    content = json.dumps(body, default=str)
    return Response(content, body["status"], headers, media_type=MEDIA_TYPE)


def error_headers(error: TesseraError) -> dict[str, str]:
    """The headers that HTTP wants with some errors."""
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": "Bearer"}
    return {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}


def request_id_of(request: Request) -> str:
    """The id that this request goes by."""
    return str(request.scope.get("request_id", ""))


def install(app: FastAPI) -> None:
    """Answer every error that a route or the router can raise with a problem document."""
    for kind in _translations():
        app.add_exception_handler(kind, _handle)
    app.add_exception_handler(405, _no_such_method)


@cache
def _translations() -> dict[type[Exception], Callable[[Any], TesseraError]]:
    return {
        TesseraError: lambda error: error,
        HTTPException: _of_http,
        RequestValidationError: _of_validation,
        **dict.fromkeys(ABSENT, _of_absence),
        database.DataError: _of_data,
        database.IntegrityError: _of_collision,
    }


def translated(error: Exception) -> TesseraError | None:
    """The error as one of ours; None for what nobody foresaw."""
    for kind in type(error).__mro__:
        if kind in _translations():
            return _translations()[kind](error)
    return None


def _handle(request: Request, error: Exception) -> Response:
    told = translated(error)
    assert told is not None  # it is called for these kinds alone
    return answer(told, request, dict(getattr(error, "headers", None) or {}))


def _no_such_method(request: Request, _: Exception) -> Response:
    """The router knows the methods of one route only; a path may have several."""
    allowed = ", ".join(methods_at(request.app.openapi(), request.scope["path"]))
    error = MethodNotAllowed(f"This takes {allowed or 'GET'}; {request.method} was given.")
    return answer(error, request, {"Allow": allowed or "GET"})


def methods_at(document: dict[str, Any], path: str) -> list[str]:
    """The methods that an OpenAPI document has for a path."""
    found: dict[str, None] = {}
    for template, operations in document["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            found |= dict.fromkeys(method.upper() for method in operations)
    return list(found)


BY_STATUS: dict[int, type[TesseraError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    413: TooLarge,
    415: UnsupportedMediaType,
}


def _of_http(error: HTTPException) -> TesseraError:
    if error.status_code == 404:
        return NotFound("There is no such route; /docs lists them all.")
    fallback = BadRequest if error.status_code < 500 else InternalError
    return BY_STATUS.get(error.status_code, fallback)(str(error.detail))


def _of_validation(error: RequestValidationError) -> TesseraError:
    found = [
        {"where": ".".join(map(str, each["loc"]))[:200], "message": str(each["msg"])[:300]}
        for each in error.errors()[:MOST_ERRORS]
    ]
    more = len(error.errors()) - 1
    first = f"{found[0]['where']}: {found[0]['message']}" + (f" (and {more} more)" if more else "")
    return ValidationFailed(first + ".", errors=found)


def _of_absence(error: Exception) -> TesseraError:
    logger.warning("database not available: %s", error)
    return Unavailable("The database is busy or away; try again in a moment.")


def _of_data(error: database.DataError) -> TesseraError:
    logger.info("refused by the database: %s", error.orig)
    return Invalid(
        "A value cannot be stored: text may not hold NUL characters, and numbers have to be "
        "finite and within 64 bits."
    )


def _of_collision(error: database.IntegrityError) -> TesseraError:
    logger.warning("collision: %s", error.orig)
    return Conflict("Somebody else changed the same thing at this moment; look again and repeat.")


def responses(*kinds: type[TesseraError]) -> dict[int | str, dict[str, Any]]:
    """The documentation of a route's problems, by status."""
    said: dict[int | str, list[str]] = {}
    for kind in kinds:
        said.setdefault(kind.status, []).append(f"`{kind.code()}`: {kind.title()}")
    return {status: described("\n\n".join(lines)) for status, lines in said.items()}


def described(text: str) -> dict[str, Any]:
    """One response of the OpenAPI document that is a problem."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {MEDIA_TYPE: {"schema": schema}}}
