"""Signing in to the pages, by name and password or by a token, and choosing a password.

What is exchanged for it is a session of its own in a cookie, which can be listed and revoked like
any token. Forms are accepted from our own pages only, and only so often.
"""

import re
from collections.abc import Callable
from html import escape
from typing import Annotated, TypeVar
from urllib.parse import parse_qs

from fastapi import APIRouter, Cookie, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from core import limits, sessions, users
from core.errors import PasswordRefused, TesseraError, TooManyRequests, Unauthorized, Unavailable
from core.models import Token, User
from server import cookies, problems
from server.deps import Db, RawBody
from server.pages import layout

# A path on this server: two slashes or a backslash would lead a browser to another one.
PATH = re.compile(r"/(?:[\w.-]+/)*[\w.-]*")
# What the page itself tells; anything else is answered as everywhere.
TOLD = (Unauthorized, PasswordRefused, TooManyRequests, Unavailable)
PASSWORD = (
    '<input id="{0}" name="{0}" type="password" autocomplete="{1}" placeholder="{2}" '
    'aria-label="{2}" required>'
)

T = TypeVar("T")

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


def form(body: RawBody) -> dict[str, str]:
    """The fields of a sent form."""
    given = parse_qs(body.decode(errors="replace"))
    return {name: values[0] for name, values in given.items()}


Form = Annotated[dict[str, str], Depends(form)]
OurPage = Depends(cookies.from_our_page)


@router.get("/sign-in")
def show_sign_in(
    to: Annotated[str, Query(alias="next", max_length=200, description="Where to go then")] = "/",
) -> HTMLResponse:
    """The form."""
    return _sign_in_page(to)


@router.post("/sign-in", dependencies=[OurPage])
def sign_in(request: Request, given: Form, db: Db) -> Response:
    """A session for whoever knows a password or a live token."""
    to, name = given.get("next", ""), given.get("name", "").strip()

    def start() -> str:
        limits.sign_in(cookies.address_of(request), name)
        if name:
            return sessions.of_password(db, name, given.get("password", ""))
        return sessions.of_token(db, given.get("token", "").strip())

    session = _told(start)
    if isinstance(session, TesseraError):
        return _sign_in_page(to, session)
    answer = RedirectResponse(_ours(to), status_code=303)
    cookies.keep(answer, request, session)
    return answer


@router.post("/sign-out", dependencies=[OurPage])
def sign_out(known: Visitor, db: Db) -> Response:
    """End the session, on the server too."""
    if known:
        users.revoke(db, known[1])
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(cookies.NAME)
    return answer


@router.get("/welcome")
def show_welcome() -> HTMLResponse:
    """The form with which whoever was invited chooses a password."""
    return _welcome_page()


@router.post("/welcome", dependencies=[OurPage])
def choose_password(request: Request, given: Form, db: Db) -> Response:
    """Set the password of whoever has an invitation, which is then used up."""

    def redeem() -> User:
        limits.sign_in(cookies.address_of(request))
        return sessions.redeem(db, given.get("invitation", "").strip(), given.get("password", ""))

    user = _told(redeem)
    if isinstance(user, TesseraError):
        return _welcome_page(user)
    return RedirectResponse("/sign-in", status_code=303)


def _told(ask: Callable[[], T]) -> T | TesseraError:
    """What `ask` gives, or the error that the page tells."""
    try:
        return ask()
    except TOLD as error:
        return error


def _ours(path: str) -> str:
    """The path, if it leads to a page of ours; else the front page."""
    return path if PATH.fullmatch(path) else "/"


def _sign_in_page(to: str, error: TesseraError | None = None) -> HTMLResponse:
    hidden = f'<input type="hidden" name="next" value="{escape(_ours(to))}">'
    forms = (
        '<form method="post" action="/sign-in">'
        '<input name="name" autocomplete="username" placeholder="Name" aria-label="Name" '
        f"required autofocus>{PASSWORD.format('password', 'current-password', 'Password')}{hidden}"
        "<button>Sign in</button></form><h2>Or with a token</h2>"
        f'<form method="post" action="/sign-in">{PASSWORD.format("token", "off", "Your token")}'
        f"{hidden}<button>Sign in</button></form>"
        '<p>Invited? <a href="/welcome">Choose a password</a>.</p>'
    )
    return _page("Sign in to Tessera", forms, error)


def _welcome_page(error: TesseraError | None = None) -> HTMLResponse:
    new = PASSWORD.format("password", "new-password", "A password of 10 characters or more")
    invitation = PASSWORD.format("invitation", "off", "Your invitation")
    form = (
        f'<form method="post" action="/welcome">{invitation}{new}<button>Choose it</button></form>'
    )
    return _page("Choose a password", form, error)


def _page(title: str, forms: str, error: TesseraError | None) -> HTMLResponse:
    alert = f"<p role=alert>{escape(error.detail)}</p>" if error else ""
    answer = layout.page(
        title, f"<h1>Tessera</h1>{alert}{forms}", status=error.status if error else 200
    )
    answer.headers.update(problems.error_headers(error) if error else {})
    return answer
