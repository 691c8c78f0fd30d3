"""Responses with pixels. Pixels never change under their key, so browsers may keep them."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response

from core import masks
from core.errors import ObjectLost, Unavailable
from core.store import Store
from server.files import File
from server.problems import responses

HEADERS = {
    "Cache-Control": "private, max-age=86400, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
PNG, JPEG, RAW = "image/png", "image/jpeg", "application/octet-stream"
ENDINGS = {PNG: "png", JPEG: "jpg", RAW: "bin"}

Form = Annotated[
    Literal["png", "raw"],
    Query(alias="format", description="A PNG, or raw: one byte per pixel, row by row"),
]


def content(what: str, *kinds: str) -> dict[int | str, dict[str, Any]]:
    """The documentation of a route that answers with pixels of these media types."""
    return {
        200: {"content": {kind: {} for kind in kinds}, "description": what},
        304: {"description": "Unchanged: the ETag sent as If-None-Match still holds"},
    }


CONTENT = content("A PNG", PNG)
SMALL = content("A JPEG", JPEG) | responses(ObjectLost, Unavailable)
PICTURE = CONTENT | responses(ObjectLost, Unavailable)
MASK = content("Values as a grey PNG, or their bytes", PNG, RAW)


def drawn(
    request: Request,
    tag: str,
    name: str,
    draw: Callable[[], bytes],
    *,
    kind: str = PNG,
    headers: dict[str, str] | None = None,
) -> Response:
    """What `draw` gives, unless the caller has it already."""
    sent = _headers(tag, name, kind) | (headers or {})
    if has(request, tag):
        return Response(status_code=304, headers=sent)
    return Response(draw(), headers=sent, media_type=kind)


def stored(request: Request, store: Store, key: str, name: str, *, form: Form = "png") -> Response:
    """A PNG of the store, or its bytes row by row, unless the caller has it already."""
    tag = sha256_of(key)
    if form == "raw":
        read = lambda: masks.stored(store.read(key)).tobytes()  # noqa: E731
        return drawn(request, f"{tag}-raw", name, read, kind=RAW)
    if has(request, tag):
        return unchanged(tag, name, PNG)
    return File(store.path(key), headers=_headers(tag, name, PNG), media_type=PNG)


def unchanged(tag: str, name: str, kind: str) -> Response:
    """For callers who have it already."""
    return Response(status_code=304, headers=_headers(tag, name, kind))


def sha256_of(key: str) -> str:
    """The digest that a content key is made of."""
    return key.removeprefix("sha256/").replace("/", "")


def has(request: Request, tag: str) -> bool:
    """Whether If-None-Match names this tag."""
    given = request.headers.get("if-none-match", "")
    tags = {each.strip().removeprefix("W/") for each in given.split(",")}
    return bool(tags & {"*", f'"{tag}"'})


def _headers(tag: str, name: str, kind: str) -> dict[str, str]:
    return HEADERS | {
        "ETag": f'"{tag}"',
        "Content-Disposition": f'inline; filename="{name}.{ENDINGS[kind]}"',
    }
