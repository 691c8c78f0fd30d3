"""The session cookie of Tessera's pages, and where the requests that carry it may come from.

A browser sends the cookie along with whatever another site makes it send. What changes anything is
therefore accepted from our own pages only: the browser says where a request comes from.
"""

from urllib.parse import urlsplit

from fastapi import Request

from core.errors import Forbidden

NAME = "tessera_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def session_of(request: Request) -> str | None:
    """The session's secret, if one came. Raises Forbidden for a change that others ask for."""
    secret = request.cookies.get(NAME)
    if secret and request.method not in SAFE:
        from_our_page(request)
    return secret or None


def from_our_page(request: Request) -> None:
    """Raises Forbidden for a request that another site sends in the visitor's name."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "")
    same = urlsplit(origin).netloc == request.headers.get("host")
    if not (site in ("same-origin", "none") if site else same):
        raise Forbidden("This may only be sent from Tessera's own pages.")
