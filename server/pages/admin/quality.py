"""How good labels are and how far people agree."""

from fastapi import APIRouter
from fastapi.responses import Response

from core import projects, quality
from server.deps import Db, Id
from server.pages.admin import frame
from server.pages.admin.frame import Shown
from server.pages.session import Visitor
from server.schemas.reviews import Quality

router = APIRouter(include_in_schema=False)


@router.get("/projects/{project_id}/quality")
def show_quality(project_id: Id, known: Visitor, db: Db) -> Response:
    """For reviewers and admins; what is reviewed and checked is set by admins."""
    return frame.show(db, known, (project_id, "/quality"), _draw, least="reviewer")


def _draw(shown: Shown) -> Response:
    report = quality.report(shown.db, shown.project)
    return shown.page(
        "quality",
        "Quality",
        found=Quality.of(quality.shares(shown.project), report),
        classes=projects.classes(shown.db, shown.project.id),
    )
