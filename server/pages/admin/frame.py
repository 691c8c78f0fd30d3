"""What all of these pages share: who may see one, and the frame around it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from core import projects
from core.errors import Forbidden, NotFound
from core.models import Project, Token, User
from core.models.people import ROLES
from server.pages import layout, templates

# Name, path behind the project's, and the least role.
TABS = (
    ("Overview", "", "reviewer"),
    ("New cycle", "/cycles/new", "admin"),
    ("Set up", "/setup", "admin"),
    ("Images", "/images", "reviewer"),
    ("Review", "/review", "reviewer"),
    ("Quality", "/quality", "reviewer"),
    ("Models", "/models", "reviewer"),
    ("People", "/people", "admin"),
    ("Webhooks", "/webhooks", "admin"),
    ("Audit", "/audit", "admin"),
    ("Label regions", "/annotate", "annotator"),
)


class Shown(NamedTuple):
    """A project, who looks at it, and in which role."""

    db: Session
    project: Project
    user: User
    role: str

    @property
    def path(self) -> str:
        return f"/projects/{self.project.id}"

    def may(self, least: str) -> bool:
        """Whether the role is at least this one."""
        return ROLES.index(self.role) >= ROLES.index(least)

    def page(self, name: str, tab: str, **values: Any) -> HTMLResponse:
        """The template in the frame, under the tab of this name."""
        title = self.project.title or self.project.name
        tabs = [(label, self.path + path) for label, path, least in TABS if self.may(least)]
        return templates.page(
            f"admin/{name}.html",
            title=title,
            tab=tab,
            tabs=tabs,
            shown=self,
            visitor=None,
            **values,
        )


# The same of pages that belong to no project; True: for site admins.
SITE_TABS = (
    ("Projects", "/", False),
    ("New project", "/projects/new", True),
    ("Audit", "/audit", True),
    ("API", "/docs", False),
)


class Site(NamedTuple):
    """Whoever looks at what belongs to no project."""

    db: Session
    user: User

    def page(self, name: str, tab: str, **values: Any) -> HTMLResponse:
        """The template in the frame, under the tab of this name."""
        tabs = [
            (label, path) for label, path, admin in SITE_TABS if self.user.is_admin or not admin
        ]
        return templates.page(
            f"admin/{name}.html", title="", tab=tab, tabs=tabs, shown=None, visitor=self, **values
        )


def show_site(
    db: Session, known: tuple[User, Token] | None, path: str, draw: Callable[[Site], Response]
) -> Response:
    """A page for site admins. Strangers sign in first."""
    if known is None:
        return RedirectResponse(f"/sign-in?next={path}", status_code=303)
    if not known[0].is_admin:
        return layout.refusal(Forbidden("This needs a site admin."))
    return draw(Site(db, known[0]))


def show(
    db: Session,
    known: tuple[User, Token] | None,
    wanted: tuple[int, str],
    draw: Callable[[Shown], Response],
    *,
    least: str,
) -> Response:
    """The page `wanted` of a project (its id, the path behind it), for whoever has the role.

    Strangers sign in first; to people without a role the project does not exist.
    """
    project_id, path = wanted
    if known is None:
        return RedirectResponse(f"/sign-in?next=/projects/{project_id}{path}", status_code=303)
    user, _ = known
    try:
        project = projects.authorised(db, user, project_id, least=least)
    except (NotFound, Forbidden) as error:
        return layout.refusal(error)
    role = projects.role_of(db, user, project.id)
    assert role is not None
    return draw(Shown(db, project, user, role))
