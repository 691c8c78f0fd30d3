"""The front page, the API reference, and a page for each kind of problem."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse

from core.errors import NotFound
from server import problems
from server.deps import Db
from server.pages import layout, overview, reference
from server.pages.admin.frame import Site
from server.pages.session import Visitor

# While a cycle is open the overview is loaded again, so that it can be left open on a screen.
RENEW_S = 5
WELCOME = (
    "<h1>Tessera</h1>"
    "<p>Active-learning annotation for semantic segmentation: people label regions, a "
    "semi-supervised learner chooses them.</p>"
    '<ul><li><a href="/sign-in">Sign in</a> to see your projects</li>'
    '<li><a href="/docs">API reference</a>, with examples to paste</li>'
    '<li><a href="/api/v1/openapi.json">OpenAPI document</a></li>'
    '<li><a href="/health/ready">Health</a> and <a href="/metrics">figures</a></li></ul>'
)

router = APIRouter(include_in_schema=False)


@router.get("/")
def show_home(known: Visitor, db: Db) -> HTMLResponse:
    """The visitor's projects; for a stranger, what this is and where to go."""
    if known is None:
        return layout.page("Tessera", WELCOME)
    user, _ = known
    found = overview.projects_of(db, user)
    answer = Site(db, user).page("home", "Projects", found=found)
    if any(each.running for each in found):
        answer.headers["Refresh"] = str(RENEW_S)
    return answer


@router.get("/docs")
def show_reference(request: Request) -> HTMLResponse:
    """Every call, without anything from other servers."""
    address = str(request.base_url).rstrip("/")
    return layout.page("Tessera API", reference.body(request.app.openapi(), address))


@router.get("/problems/{code}")
def show_problem(code: str) -> PlainTextResponse:
    """What a problem's type means."""
    kind = problems.known().get(code)
    if kind is None:
        raise NotFound("There is no problem of this type; /docs lists those of each call.")
    return PlainTextResponse(f"{code} (HTTP {kind.status})\n\n{kind.title()}\n")
