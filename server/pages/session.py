"""Signing in to the pages: a bearer token is exchanged for a session cookie of its own.

The cookie is a token too, with half a day to live, so it can be listed and revoked like any other.
Forms are accepted from our own pages only.
"""

import re
from datetime import timedelta
from html import escape
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Cookie, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from core import users
from core.errors import Unauthorized
from core.models import Token, User
from server import cookies
from server.deps import Db, RawBody
from server.pages import layout

LIVES = timedelta(hours=12)
# A path on this server: two slashes or a backslash would lead a browser to another one.
PATH = re.compile(r"/(?:[\w.-]+/)*[\w.-]*")

router = APIRouter(include_in_schema=False)


def visitor(
    db: Db, cookie: Annotated[str | None, Cookie(alias=cookies.NAME)] = None
) -> tuple[User, Token] | None:
    """Who looks at a page, with the session's token; None for a stranger."""
    try:
        return users.authenticate(db, cookie)
    except Unauthorized:
        return None


Visitor = Annotated[tuple[User, Token] | None, Depends(visitor)]


OurPage = Depends(cookies.from_our_page)


@router.get("/sign-in")
def show_sign_in(
    to: Annotated[str, Query(alias="next", max_length=200, description="Where to go then")] = "/",
) -> HTMLResponse:
    """The form."""
    return _form("", to)


@router.post("/sign-in", dependencies=[OurPage])
def sign_in(request: Request, body: RawBody, db: Db) -> Response:
    """A session for whoever knows a live token."""
    given = parse_qs(body.decode(errors="replace"))
    secret, to = (given.get(name, [""])[0].strip() for name in ("token", "next"))
    try:
        user, _ = users.authenticate(db, secret)
    except Unauthorized as error:
        return _form(f"<p role=alert>{error.detail}</p>", to, status=error.status)
    _, session = users.create_token(db, user, name="browser session", expires_in=LIVES)
    answer = RedirectResponse(_ours(to), status_code=303)
    answer.set_cookie(
        cookies.NAME,
        session,
        max_age=int(LIVES.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/sign-out", dependencies=[OurPage])
def sign_out(known: Visitor, db: Db) -> Response:
    """End the session, on the server too."""
    if known:
        users.revoke(db, known[1])
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(cookies.NAME)
    return answer


def _ours(path: str) -> str:
    """The path, if it leads to a page of ours; else the front page."""
    return path if PATH.fullmatch(path) else "/"


def _form(alert: str, to: str, status: int = 200) -> HTMLResponse:
    form = (
        '<form method="post" action="/sign-in"><label for="token">Your token</label>'
        '<input id="token" name="token" type="password" autocomplete="off" required autofocus>'
        f'<input type="hidden" name="next" value="{escape(_ours(to))}">'
        "<button>Sign in</button></form>"
    )
    return layout.page("Sign in to Tessera", f"<h1>Tessera</h1>{alert}{form}", status=status)
