"""Labels that wait for a second look, one beside what the model suggested."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query
from fastapi.responses import Response

from core import models, paging, projects, reviews
from core.reviews import Source, State
from server.api.reviews import shaped
from server.deps import Db, Id
from server.pages.admin import frame
from server.pages.admin.frame import Shown
from server.pages.session import Visitor
from server.schemas.reviews import Review

AHEAD = 12
SAID = {
    "sample": "drawn by lot",
    "flagged": "flagged by its annotator",
    "contradiction": "the model is sure of another class",
    "again": "sent back once, labelled again",
    "asked": "somebody asked",
}
VERDICTS = {
    "pending": "waiting",
    "accepted": "accepted",
    "rejected": "sent back",
    "fixed": "drawn anew",
    "withdrawn": "withdrawn",
}
REASONS = (
    "wrong class",
    "border too coarse",
    "something is missing",
    "void where there is a class",
)
Text = Annotated[str | None, Query(max_length=40)]

router = APIRouter(include_in_schema=False)


@router.get("/projects/{project_id}/review")
def show_review_queue(
    project_id: Id,
    known: Visitor,
    db: Db,
    *,
    state: Text = None,
    source: Text = None,
    review: Text = None,
) -> Response:
    """For reviewers and admins."""
    wanted: Any = state if state in get_args(State) else "pending"
    why: Any = source if source in get_args(Source) else None

    def draw(shown: Shown) -> Response:
        items = _items(shown, wanted, why)
        chosen = _chosen(shown, review) or (items[0] if items else None)
        if chosen and chosen.id not in [each.id for each in items]:
            items = [chosen, *items]
        return shown.page(
            "review",
            "Review",
            items=items,
            current=chosen,
            verdicts=VERDICTS,
            waiting=reviews.counts(shown.db, shown.project.id),
            asked={"state": wanted, "source": why},
            states=[each for each in get_args(State) if each != "withdrawn"],
            said=SAID,
            reasons=REASONS,
            classes=projects.classes(shown.db, shown.project.id),
        )

    return frame.show(db, known, (project_id, "/review"), draw, least="reviewer")


def _items(shown: Shown, state: State, source: Source | None) -> list[Review]:
    """What waits from the oldest on; what was decided from the newest on."""
    query = reviews.listed(shown.project.id, state=state, source=source)
    found = paging.page(
        shown.db,
        query,
        models.Review.id,
        limit=AHEAD,
        cursor=None,
        newest_first=state != "pending",
    )
    return shaped(shown.db, found)


def _chosen(shown: Shown, wanted: str | None) -> Review | None:
    """The review of the address, if it is one of this project's."""
    if not (wanted and wanted.isdecimal() and len(wanted) < 19):
        return None
    found = shown.db.get(models.Review, int(wanted))
    if found is None or found.project_id != shown.project.id:
        return None
    return shaped(shown.db, paging.Page([found], None))[0]
