"""The annotator's page: what the browser needs to start; the rest is asked for through the API."""

import json
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from core import projects
from core.errors import NotFound
from core.models import Project, User
from server import static_files
from server.deps import Db, Id
from server.pages import layout, templates
from server.pages.session import Visitor

FOLDER = "annotate"

router = APIRouter(include_in_schema=False)


@router.get("/projects/{project_id}/annotate")
def show_annotator(
    project_id: Id,
    known: Visitor,
    db: Db,
    region: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """The page for whoever has a role in the project; strangers sign in first. With a `region` it
    is that one alone, whose label is drawn anew."""
    if known is None:
        return RedirectResponse(f"/sign-in?next=/projects/{project_id}/annotate", status_code=303)
    user, _ = known
    try:
        project = projects.authorised(db, user, project_id, least="annotator")
    except NotFound as error:
        return layout.refusal(error)
    return _page(db, project, user, int(region) if region and region.isdecimal() else None)


def _page(db: Session, project: Project, user: User, region: int | None) -> HTMLResponse:
    title = project.title or project.name
    facts = {
        "project": {"id": project.id, "title": title},
        "user": {"id": user.id, "name": user.name},
        "region": region,
        "classes": [
            {"value": each.value, "name": each.name, "colour": each.color, "key": each.key}
            for each in projects.classes(db, project.id)
        ],
    }
    return templates.page(
        "annotate.html", title=title, facts=json.dumps(facts), modules=static_files.modules(FOLDER)
    )
