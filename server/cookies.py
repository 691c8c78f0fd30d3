"""The session cookie of Tessera's pages, and where the requests that carry it may come from.

A browser sends the cookie along with whatever another site makes it send. What changes anything is
therefore accepted from our own pages only: the browser says where a request comes from.
"""

from urllib.parse import urlsplit

from fastapi import Request, Response

from core.errors import Forbidden
from core.settings import settings

NAME = "tessera_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def session_of(request: Request) -> str | None:
    """The session's secret, if one came. Raises Forbidden for a change that others ask for."""
    secret = request.cookies.get(NAME)
    if secret and request.method not in SAFE:
        from_our_page(request)
    return secret or None


def keep(answer: Response, request: Request, secret: str) -> None:
    """Let the browser keep the session: for no script to read, by TLS alone where there is TLS."""
    answer.set_cookie(
        NAME,
        secret,
        max_age=settings().session_s,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def address_of(request: Request) -> str:
    """Where the request comes from, as far as the server can tell."""
    return request.client.host if request.client else ""


def from_our_page(request: Request) -> None:
    """Raises Forbidden for a request that another site sends in the visitor's name."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "")
    same = urlsplit(origin).netloc == request.headers.get("host")
    if not (site in ("same-origin", "none") if site else same):
        raise Forbidden("This may only be sent from Tessera's own pages.")
