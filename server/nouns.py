"""Routers of the API's nouns.

Each names the whole path of its routes, so that the application lists them itself: routers within
routers are searched several times for every request, which costs more than most answers.
"""

from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from core.errors import TesseraError
from server import problems

PREFIX = "/api/v1"
ANY: dict[int | str, dict[str, Any]] = {
    "default": problems.described("Any other error is a problem document too.")
}


def router(
    tag: str, *kinds: type[TesseraError], route_class: type[APIRoute] = APIRoute
) -> APIRouter:
    """A router of one noun, whose routes may all answer with these kinds of errors."""
    said = ANY | problems.responses(*kinds)
    return APIRouter(prefix=PREFIX, tags=[tag], responses=said, route_class=route_class)
