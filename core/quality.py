"""How good labels are and how far people agree, from reviews, second opinions and checks.

Agreement is by pixels, void being one more answer; Cohen's kappa takes off what two people who
answer by chance in their own proportions would agree on (Cohen 1960).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit, depth, overview, projects, reviews
from core.models import Label, Member, Project, Region, Review, User
from ml.metrics import iou_per_class

Counts = NDArray[np.int64]
# What is older than so many second opinions and checks tells of people as they were.
NEWEST = 2000


@dataclass(frozen=True)
class Shares:
    """Of labels: those that a reviewer sees and that a second person gives; of leases: checks."""

    review: float
    second: float
    check: float


def shares(project: Project) -> Shares:
    """The project's shares, 0 to 1."""
    return Shares(project.review_share, project.second_share, project.check_share)


def set_shares(db: Session, project: Project, wanted: Shares, *, by: User) -> Shares:
    """Set them for what comes; the share of reviews counts for the newest cycle's labels too."""
    newest = overview.newest_cycle(db, project.id)
    reviews.set_share(db, project, wanted.review, cycle_id=newest.id if newest else None)
    project.second_share, project.check_share = wanted.second, wanted.check
    db.flush()
    audit.record(
        db,
        "project.shares_set",
        project_id=project.id,
        user_id=by.id,
        review=wanted.review,
        second=wanted.second,
        check=wanted.check,
    )
    return shares(project)


@dataclass(frozen=True)
class Agreement:
    """Over `regions`: the share of pixels that are alike, kappa, IoU by class, and all counts.

    `counts` has a row per class and void of the one (or the answer), columns of the other.
    """

    regions: int
    pixels: float | None
    kappa: float | None
    iou: list[float | None]
    counts: list[list[int]]

    @classmethod
    def of(cls, regions: int, counted: Counts) -> "Agreement":
        total = int(counted.sum())
        pixels = float(np.trace(counted) / total) if total else None
        iou = iou_per_class(counted)[:-1]
        return cls(regions, pixels, kappa(counted), iou, counted.tolist())


def kappa(counted: Counts) -> float | None:
    """Cohen's; None where chance alone would agree on everything."""
    total = counted.sum()
    if not total:
        return None
    alike = np.trace(counted) / total
    chance = float(counted.sum(axis=0) @ counted.sum(axis=1)) / float(total) ** 2
    return None if chance >= 1 else float((alike - chance) / (1 - chance))


@dataclass
class Person:
    """One annotator: verdicts on their labels, their checks, and their pace in the newest cycle."""

    user_id: int
    name: str
    verdicts: dict[str, int] = field(default_factory=dict)
    checks: Agreement | None = None
    fixes: Agreement | None = None
    labelled: int = 0
    seconds_per_region: float | None = None

    @property
    def acceptance(self) -> float | None:
        """The share of judged labels that were accepted as they were."""
        judged = sum(self.verdicts.get(each, 0) for each in ("accepted", "rejected", "fixed"))
        return self.verdicts.get("accepted", 0) / judged if judged else None


@dataclass(frozen=True)
class Report:
    """`second` is agreement over all pairs, `pairs` by the two names, the first opinion first."""

    waiting: dict[str, int]
    second: Agreement
    pairs: list[tuple[str, str, Agreement]]
    people: list[Person]


def report(db: Session, project: Project) -> Report:
    """What is known of a project's labels and people."""
    number = len(projects.classes(db, project.id)) + 1
    measured = _Measured(number)
    for row in db.execute(_measuring(project.id)):
        measured.add(*row)
    for author, counted in db.execute(_fixes(project.id)):
        measured.add("fix", author, None, counted)
    people = _people(db, project, measured)
    names = {each.user_id: each.name for each in people}
    pairs = [
        (names.get(one, "?"), names.get(other, "?"), measured.agreement("second", (one, other)))
        for one, other in measured.pairs()
    ]
    second = measured.agreement("second", None)
    return Report(reviews.counts(db, project.id), second, pairs, people)


def _measuring(project_id: int) -> Any:
    """Purpose, who gave the label, who gave the first opinion, and the counts."""
    twin, first = Region.__table__.alias("twin"), Label.__table__.alias("first")
    return (
        select(Region.purpose, Label.user_id, first.c.user_id, Region.confusion)
        .join(Label, Label.id == Region.label_id)
        .outerjoin(twin, twin.c.id == Region.twin_id)
        .outerjoin(first, first.c.id == twin.c.label_id)
        .where(Region.project_id == project_id, Region.purpose != "label")
        .where(Region.confusion.is_not(None))
        .order_by(Region.id.desc())
        .limit(NEWEST)
    )


def _fixes(project_id: int) -> Any:
    """Whose label was drawn anew, and the counts."""
    return (
        select(Label.user_id, Review.confusion)
        .join(Label, Label.id == Review.label_id)
        .where(Review.project_id == project_id, Review.state == "fixed")
        .where(Review.confusion.is_not(None))
        .order_by(Review.id.desc())
        .limit(NEWEST)
    )


class _Measured:
    """Counts by kind and person, or by pair for second opinions."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.regions: dict[tuple[str, Any], int] = defaultdict(int)
        self.counts: dict[tuple[str, Any], Counts] = defaultdict(self._nothing)

    def _nothing(self) -> Counts:
        return np.zeros((self.number, self.number), np.int64)

    def add(self, kind: str, user_id: int, first_id: int | None, counted: list[Any]) -> None:
        for whose in (None, (first_id, user_id)) if kind == "second" else (user_id,):
            self.regions[kind, whose] += 1
            table = self.counts[kind, whose]
            for row, column, pixels in counted:
                table[row, column] += pixels

    def agreement(self, kind: str, whose: Any) -> Agreement:
        return Agreement.of(self.regions.get((kind, whose), 0), self.counts[kind, whose])

    def of_person(self, kind: str, user_id: int) -> Agreement | None:
        return self.agreement(kind, user_id) if (kind, user_id) in self.regions else None

    def pairs(self) -> list[tuple[int, int]]:
        return sorted(whose for kind, whose in self.regions if kind == "second" and whose)


def _people(db: Session, project: Project, measured: _Measured) -> list[Person]:
    verdicts: dict[int, dict[str, int]] = defaultdict(dict)
    judged = select(Label.user_id, Review.state, func.count())
    judged = judged.join(Label, Label.id == Review.label_id)
    judged = judged.where(Review.project_id == project.id, Review.state != "withdrawn")
    for user_id, state, count in db.execute(judged.group_by(Label.user_id, Review.state)):
        verdicts[user_id][state] = count
    newest = overview.newest_cycle(db, project.id)
    opened_at = newest.opened_at if newest else None
    busy = {each["user_id"]: each for each in depth.people(db, project.id, opened_at)}
    members = select(Member.user_id).where(Member.project_id == project.id)
    wanted = set(db.scalars(members)) | set(verdicts) | set(busy)
    found = select(User.id, User.name).where(User.id.in_(wanted)).order_by(User.name)
    return [
        Person(
            user_id=user_id,
            name=name,
            verdicts=verdicts.get(user_id, {}),
            checks=measured.of_person("check", user_id),
            fixes=measured.of_person("fix", user_id),
            labelled=busy.get(user_id, {}).get("labelled_in_cycle", 0),
            seconds_per_region=busy.get(user_id, {}).get("seconds_per_region"),
        )
        for user_id, name in db.execute(found)
    ]
