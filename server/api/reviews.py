"""Reviews: labels that wait for a second look, the verdicts, and how good labels are."""

from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from core import models, paging, quality, reviews
from core.errors import Conflict, Invalid, NotFound
from core.paging import Page
from core.reviews import Source, State
from server import nouns, pictures
from server.deps import Caller, Db, Pages, Store
from server.problems import responses
from server.rights import ProjectAsAdmin, ProjectAsReviewer, RegionAsReviewer, ReviewAsReviewer
from server.schemas.common import PageOf
from server.schemas.reviews import NewVerdict, Quality, Review, Shares

router = nouns.router("reviews", NotFound)

Author = Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Whose labels")]


@router.get("/projects/{project_id}/reviews")
def list_reviews(
    project: ProjectAsReviewer,
    page: Pages,
    db: Db,
    *,
    state: State | None = None,
    source: Source | None = None,
    author_id: Author = None,
) -> PageOf[Review]:
    """What waits for a reviewer and what was decided, oldest first."""
    query = reviews.listed(project.id, state=state, source=source, author_id=author_id)
    found = paging.page(db, query, models.Review.id, **page.asked())
    return PageOf(items=shaped(db, found), next_cursor=found.next_cursor)


def shaped(db: Session, found: Page) -> list[Review]:
    """The reviews of a page with what they are about."""
    about = reviews.details(db, found.items)
    return [Review.of(each, about[each.id]) for each in found.items]


@router.post("/regions/{region_id}/reviews", status_code=201, responses=responses(Conflict))
def ask_for_review(region: RegionAsReviewer, caller: Caller, db: Db) -> Review:
    """Ask for a look at the region's label; one that waits already is answered again."""
    return _shaped(db, reviews.ask(db, region.id, by=caller))


@router.get("/reviews/{review_id}")
def show_review(review: ReviewAsReviewer, db: Db) -> Review:
    """One review."""
    return _shaped(db, review)


@router.get("/reviews/{review_id}/mask", response_class=Response, responses=pictures.MASK)
def show_judged(
    review: ReviewAsReviewer,
    request: Request,
    db: Db,
    store: Store,
    *,
    form: pictures.Form = "png",
) -> Response:
    """The label that is judged, whatever came after it."""
    label = db.get_one(models.Label, review.label_id)
    answer = pictures.stored(request, store, label.mask_key, f"review-{review.id}", form=form)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@router.put("/reviews/{review_id}/verdict", responses=responses(Conflict, Invalid))
def put_verdict(review: ReviewAsReviewer, wanted: NewVerdict, caller: Caller, db: Db) -> Review:
    """Accept the label, or send it back with a reason: first to its author, after a day to all.

    To draw it anew instead, lease the region (`POST /regions/{id}/leases`) and submit.
    """
    decided = reviews.decide(db, review, wanted.verdict, reason=wanted.reason, by=caller)
    return _shaped(db, decided)


def _shaped(db: Session, review: models.Review) -> Review:
    return Review.of(review, reviews.details(db, [review])[review.id])


@router.get("/projects/{project_id}/quality")
def show_quality(project: ProjectAsReviewer, db: Db) -> Quality:
    """Agreement of second opinions, and of each person: verdicts, checks, confusion, pace."""
    return Quality.of(quality.shares(project), quality.report(db, project))


@router.put("/projects/{project_id}/quality/shares")
def set_shares(project: ProjectAsAdmin, wanted: Shares, caller: Caller, db: Db) -> Shares:
    """How much is reviewed, asked twice, and checked. It can be changed at any time."""
    set_ = quality.set_shares(db, project, quality.Shares(**wanted.model_dump()), by=caller)
    return Shares(review=set_.review, second=set_.second, check=set_.check)
