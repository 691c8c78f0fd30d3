"""Reviews: labels that somebody else looks at, and the verdicts, none of which is ever changed.

What waits is a row: of each cycle a share that is drawn by region, what an annotator has flagged,
what a newer model is sure of otherwise, and what was sent back and labelled again. A rejected
region returns to the queue, first to its author; its label teaches nothing until then.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.orm import Session

from core import audit, checks, cycles, masks, projects, regions, tallies
from core.errors import Conflict, Invalid, NotFound
from core.masks import Mask
from core.models import Label, Lease, Project, Region, Review, User
from core.regions import Leased
from core.settings import settings
from core.store import Store

Verdict = Literal["accepted", "rejected"]
State = Literal["pending", "accepted", "rejected", "fixed", "withdrawn"]
Source = Literal["sample", "flagged", "contradiction", "again", "asked"]

# By the region alone, so that a larger share takes the same ones and more.
DRAW = "((hashtextextended(r.id::text, 1) & 1048575) / 1048576.0)"

# Behind a new label l of a region r: what made it worth a look.
ASK = f"""
INSERT INTO reviews (project_id, cycle_id, region_id, label_id, source)
SELECT r.project_id, r.cycle_id, r.id, label.id,
       CASE WHEN r.rejection IS NOT NULL THEN 'again' WHEN r.flagged THEN 'flagged'
            ELSE 'sample' END
FROM label, regions r JOIN projects p ON p.id = r.project_id
WHERE r.id = :region AND r.purpose = 'label'
  AND (r.rejection IS NOT NULL OR r.flagged OR {DRAW} < p.review_share)
ON CONFLICT DO NOTHING
"""
SAMPLE = text(f"""
INSERT INTO reviews (project_id, cycle_id, region_id, label_id, source)
SELECT r.project_id, r.cycle_id, r.id, r.label_id, 'sample' FROM regions r
WHERE r.cycle_id = :cycle AND r.state = 'labelled' AND r.purpose = 'label' AND {DRAW} < :share
  AND NOT EXISTS (SELECT FROM reviews v WHERE v.label_id = r.label_id)
ON CONFLICT DO NOTHING
""")
UNSAMPLE = text(f"""
UPDATE reviews v SET state = 'withdrawn', decided_at = now() FROM regions r
WHERE r.id = v.region_id AND v.cycle_id = :cycle AND v.state = 'pending' AND v.source = 'sample'
  AND {DRAW} >= :share
""")
CONTRADICTED = text("""
INSERT INTO reviews (project_id, cycle_id, region_id, label_id, source, doubt)
SELECT r.project_id, r.cycle_id, r.id, r.label_id, 'contradiction', told.doubt
FROM unnest(CAST(:labels AS bigint[]), CAST(:doubts AS double precision[])) AS told (label, doubt)
JOIN regions r ON r.label_id = told.label
WHERE r.project_id = :project AND r.state = 'labelled' AND r.purpose = 'label'
  AND NOT EXISTS (SELECT FROM reviews v WHERE v.label_id = told.label)
ON CONFLICT DO NOTHING
""")
# Of what a model contradicts, people are shown the worst.
MOST_CONTRADICTED, LEAST_DOUBT = 100, 0.25


class Contradicted(NamedTuple):
    """A label, and the share of its pixels for which the model is sure of another class."""

    label_id: int
    doubt: float


def listed(
    project_id: int,
    *,
    state: State | None = None,
    source: Source | None = None,
    author_id: int | None = None,
) -> Select[Any]:
    """Reviews of a project."""
    found = select(Review).where(Review.project_id == project_id)
    if state is not None:
        found = found.where(Review.state == state)
    if source is not None:
        found = found.where(Review.source == source)
    if author_id is not None:
        found = found.join(Label, Label.id == Review.label_id).where(Label.user_id == author_id)
    return found


def counts(db: Session, project_id: int) -> dict[str, int]:
    """How many reviews wait, by source."""
    waiting = select(Review.source, func.count()).where(Review.project_id == project_id)
    rows = db.execute(waiting.where(Review.state == "pending").group_by(Review.source))
    return {source: count for source, count in rows}


def details(db: Session, found: Sequence[Review]) -> dict[int, tuple[Region, Label, str, str]]:
    """By review: its region, the judged label, its author's name and the reviewer's."""
    author, reviewer = User.__table__.alias("author"), User.__table__.alias("reviewer")
    rows = db.execute(
        select(Review.id, Region, Label, author.c.name, func.coalesce(reviewer.c.name, ""))
        .join(Region, Region.id == Review.region_id)
        .join(Label, Label.id == Review.label_id)
        .join(author, author.c.id == Label.user_id)
        .outerjoin(reviewer, reviewer.c.id == Review.user_id)
        .where(Review.id.in_([each.id for each in found]))
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def ask(db: Session, region_id: int, *, by: User) -> Review:
    """Ask for a look at the region's label; one that waits already is answered again.

    Raises Conflict while the region has no label in force.
    """
    region = regions.locked_region(db, region_id)
    if region.state != "labelled" or region.purpose != "label":
        raise Conflict(f"Region {region_id} has no label in force that could be reviewed.")
    if (waiting := _pending(db, region_id)) is not None:
        return waiting
    made = _new(region, "asked")
    db.add(made)
    db.flush()
    _record(db, "asked", made, by)
    return made


def _pending(db: Session, region_id: int) -> Review | None:
    found = select(Review).where(Review.region_id == region_id, Review.state == "pending")
    return db.scalar(found)


def _new(region: Region, source: Source) -> Review:
    return Review(
        project_id=region.project_id,
        cycle_id=region.cycle_id,
        region_id=region.id,
        label_id=region.label_id,
        source=source,
    )


def decide(db: Session, review: Review, verdict: Verdict, *, reason: str, by: User) -> Review:
    """Accept the label, or send it back with a reason.

    Raises Conflict once it is decided or the label has changed, Invalid without a reason.
    """
    if verdict == "rejected" and not reason:
        raise Invalid("Expected a reason: the annotator is told why the label comes back.")
    region = regions.locked_region(db, review.region_id)
    db.refresh(review)
    if (review.state, review.user_id, review.reason) == (verdict, by.id, reason):
        return review  # said twice
    if review.state != "pending":
        raise Conflict(f"This review is {review.state} already; look at the next one.")
    if region.state != "labelled":
        raise Conflict(f"Region {region.id} is {region.state}: there is no label to judge.")
    _close(db, review, verdict, reason=reason, by=by)
    if verdict == "rejected":
        _send_back(db, region, review)
    return review


def _close(db: Session, review: Review, state: State, *, by: User, **values: Any) -> None:
    review.state, review.user_id, review.decided_at = state, by.id, func.now()
    for name, value in values.items():
        setattr(review, name, value)
    db.flush()
    db.refresh(review)
    _record(db, state, review, by)


def _record(db: Session, verb: str, review: Review, by: User) -> None:
    audit.record(
        db,
        f"review.{verb}",
        project_id=review.project_id,
        cycle_id=review.cycle_id,
        user_id=by.id,
        review=review.id,
        region=review.region_id,
        label=review.label_id,
        **({"reason": review.reason} if review.reason else {}),
    )


def _send_back(db: Session, region: Region, review: Review) -> None:
    """To the head of the queue, for a time to the label's author alone."""
    author = db.get_one(Label, review.label_id).user_id
    region.state, region.rejection, region.priority = "open", review.reason, -1
    region.return_to = author
    region.return_until = func.now() + timedelta(hours=settings().return_to_author_h)
    db.flush()
    tallies.corrected(db, region.cycle_id)


def is_reviewers(db: Session, region: Region, user: User) -> bool:
    """Whether a label is changed as a reviewer: another's, or one's own after its cycle."""
    role = projects.role_of(db, user, region.project_id)
    label = db.get(Label, region.label_id) if region.label_id else None
    if label is None or role not in ("reviewer", "admin"):
        return False
    return label.user_id != user.id or cycles.get(db, region.cycle_id).state != "labelling"


def take(db: Session, region_id: int, *, user: User, session: str) -> Leased:
    """Lease a labelled region to draw its label anew as a reviewer, also after its cycle.

    Raises NotFound without a label, Conflict while it waits for an annotator.
    """
    region = regions.locked_region(db, region_id)
    if region.label_id is None or region.purpose != "label":
        raise NotFound(f"Region {region_id} has no label that could be changed.")
    if region.state != "labelled":
        raise Conflict(f"Region {region_id} is {region.state}: its annotators have it now.")
    held = regions.grant(db, region, user, session)
    held.for_review = True
    db.flush()
    return regions.view(db, held)._replace(own_label_id=region.label_id)


def follow(db: Session, region: Region, label: Label, held_id: uuid.UUID) -> Review | None:
    """A label was changed: what waits is about the new one. A reviewer's is a verdict by itself;
    that review, if this is one."""
    if region.purpose != "label":
        return None
    review = _pending(db, region.id)
    if db.get_one(Lease, held_id).for_review:
        return _fixed(db, review or _earlier(db, region, label), label)
    if review is not None:
        db.execute(update(Review).where(Review.id == review.id).values(label_id=label.id))
    else:
        db.execute(text(f"WITH label AS (SELECT CAST(:label AS bigint) AS id) {ASK}"),
                   {"region": region.id, "label": label.id})  # fmt: skip
    return None


def _earlier(db: Session, region: Region, fix: Label) -> Review:
    """Nobody had asked: the review is of the label before."""
    before = select(Label.id).where(Label.region_id == region.id, Label.status == "accepted")
    judged = db.scalars(before.where(Label.id != fix.id).order_by(Label.revision.desc())).first()
    made = _new(region, "asked")
    made.label_id = judged or fix.id
    db.add(made)
    return made


def _fixed(db: Session, review: Review, fix: Label) -> Review:
    _close(db, review, "fixed", by=db.get_one(User, fix.user_id), fix_id=fix.id)
    return review


def compare(db: Session, store: Store, fix: Label, mask: Mask) -> None:
    """Keep what a reviewer drew against the label that was judged."""
    review = db.scalar(select(Review).where(Review.fix_id == fix.id))
    if review is not None and review.confusion is None:
        judged = masks.stored(store.read(db.get_one(Label, review.label_id).mask_key))
        number = len(projects.classes(db, review.project_id))
        review.confusion = checks.sparse(checks.confusion(mask, judged, number))
        db.flush()


def set_share(db: Session, project: Project, share: float, *, cycle_id: int | None) -> None:
    """The share of labels that a reviewer sees, in the newest cycle at once."""
    project.review_share = share
    db.flush()
    if cycle_id is not None:
        db.execute(UNSAMPLE, {"cycle": cycle_id, "share": share})
        db.execute(SAMPLE, {"cycle": cycle_id, "share": share})


def contradicted(db: Session, project_id: int, told: Sequence[Contradicted]) -> None:
    """A new model is sure of something else: the worst of these labels are looked at, unless a
    reviewer has seen them."""
    worst = sorted((each for each in told if each.doubt >= LEAST_DOUBT), key=lambda e: -e.doubt)
    some = worst[:MOST_CONTRADICTED]
    asked = {"labels": [e.label_id for e in some], "doubts": [e.doubt for e in some]}
    db.execute(CONTRADICTED, asked | {"project": project_id})
