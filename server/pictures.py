"""Responses with pixels. Pixels never change under their key, so browsers may keep them."""

from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from fastapi.responses import FileResponse

from core.store import Store

HEADERS = {
    "Cache-Control": "private, max-age=86400, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}, "description": "A PNG"},
    304: {"description": "Unchanged: the ETag sent as If-None-Match still holds"},
}


def drawn(
    request: Request, tag: str, name: str, draw: Callable[[], bytes], **headers: str
) -> Response:
    """What `draw` gives as a PNG, unless the caller has it already."""
    sent = _headers(tag, name) | headers
    if has(request, tag):
        return Response(status_code=304, headers=sent)
    return Response(draw(), headers=sent, media_type="image/png")


def stored(request: Request, store: Store, key: str, name: str) -> Response:
    """A PNG of the store, unless the caller has it already."""
    tag = sha256_of(key)
    if has(request, tag):
        return Response(status_code=304, headers=_headers(tag, name))
    return FileResponse(store.path(key), headers=_headers(tag, name), media_type="image/png")


def sha256_of(key: str) -> str:
    """The digest that a content key is made of."""
    return key.removeprefix("sha256/").replace("/", "")


def has(request: Request, tag: str) -> bool:
    """Whether If-None-Match names this tag."""
    given = request.headers.get("if-none-match", "")
    tags = {each.strip().removeprefix("W/") for each in given.split(",")}
    return bool(tags & {"*", f'"{tag}"'})


def _headers(tag: str, name: str) -> dict[str, str]:
    return HEADERS | {
        "ETag": f'"{tag}"',
        "Content-Disposition": f'inline; filename="{name}.png"',
    }
