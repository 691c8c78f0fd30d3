"""Signing in to the pages: a bearer token is exchanged for a session cookie of its own.

The cookie is a token too, with half a day to live, so it can be listed and revoked like any other.
Forms are accepted from our own pages only: the browser says where a request comes from.
"""

from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Cookie, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from core import users
from core.errors import Forbidden, Unauthorized
from core.models import Token, User
from server.deps import Db, RawBody
from server.pages import layout

COOKIE = "tessera_session"
LIVES = timedelta(hours=12)
FORM = (
    '<form method="post" action="/sign-in"><label for="token">Your token</label>'
    '<input id="token" name="token" type="password" autocomplete="off" required autofocus>'
    "<button>Sign in</button></form>"
)

router = APIRouter(include_in_schema=False)


def visitor(
    db: Db, cookie: Annotated[str | None, Cookie(alias=COOKIE)] = None
) -> tuple[User, Token] | None:
    """Who looks at a page, with the session's token; None for a stranger."""
    try:
        return users.authenticate(db, cookie)
    except Unauthorized:
        return None


Visitor = Annotated[tuple[User, Token] | None, Depends(visitor)]


def from_our_page(request: Request) -> None:
    """Raises Forbidden for a form that another site sends in the visitor's name."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "")
    same = urlsplit(origin).netloc == request.headers.get("host")
    if not (site in ("same-origin", "none") if site else same):
        raise Forbidden("This form may only be sent from Tessera's own pages.")


OurPage = Depends(from_our_page)


@router.get("/sign-in")
def show_sign_in() -> HTMLResponse:
    """The form."""
    return _form("")


@router.post("/sign-in", dependencies=[OurPage])
def sign_in(request: Request, body: RawBody, db: Db) -> Response:
    """A session for whoever knows a live token."""
    secret = parse_qs(body.decode(errors="replace")).get("token", [""])[0].strip()
    try:
        user, _ = users.authenticate(db, secret)
    except Unauthorized as error:
        return _form(f"<p role=alert>{error.detail}</p>", status=error.status)
    _, session = users.create_token(db, user, name="browser session", expires_in=LIVES)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(
        COOKIE,
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
    answer.delete_cookie(COOKIE)
    return answer


def _form(alert: str, status: int = 200) -> HTMLResponse:
    return layout.page("Sign in to Tessera", f"<h1>Tessera</h1>{alert}{FORM}", status=status)
