"""Reviews of labels, and how good labels and people are."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from core import models, quality, suggestions
from core.reviews import Source, State
from server.schemas.common import Given, Line, Taken
from server.schemas.regions import Box

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Review(Given):
    """`suggestion_url` is null where there is none or it was withheld."""

    id: int
    source: Annotated[Source, Field(description="Why it waits")]
    state: State
    doubt: Annotated[
        float | None,
        Field(description="Share of the label's pixels for which the model is sure of another"),
    ]
    cycle_id: int
    region_id: int
    image_id: int
    box: Box
    note: str
    label_id: int
    author_id: int
    author: str
    active_s: float
    reviewer_id: int | None
    reviewer: str | None
    reason: str
    fix_id: int | None
    created_at: datetime
    decided_at: datetime | None
    context_url: str
    mask_url: str
    suggestion_url: str | None

    @classmethod
    def of(cls, row: models.Review, about: tuple[models.Region, models.Label, str, str]) -> Self:
        region, label, author, reviewer = about
        here = f"/api/v1/regions/{region.id}"
        return cls(
            id=row.id,
            source=row.source,
            state=row.state,
            doubt=row.doubt,
            cycle_id=row.cycle_id,
            region_id=region.id,
            image_id=region.image_id,
            box=Box.of(region),
            note=region.note,
            label_id=label.id,
            author_id=label.user_id,
            author=author,
            active_s=label.active_ms / 1000,
            reviewer_id=row.user_id,
            reviewer=reviewer or None,
            reason=row.reason,
            fix_id=row.fix_id,
            created_at=row.created_at,
            decided_at=row.decided_at,
            context_url=f"{here}/context?margin_px={min(max(region.width, region.height), 512)}",
            mask_url=f"/api/v1/reviews/{row.id}/mask",
            suggestion_url=f"{here}/suggestion" if suggestions.shown(region) else None,
        )


class NewVerdict(Taken):
    verdict: Literal["accepted", "rejected"]
    reason: Annotated[
        Line, Field(description="Told to the annotator; needed to reject", examples=["kerb"])
    ] = ""


class Shares(Taken):
    """`review` of the labels are looked at and `second` are given by two people; `check` of the
    leases are regions whose answer is known. They count from now on, `review` for the newest
    cycle at once."""

    review: Share = 0.0
    second: Share = 0.0
    check: Share = 0.0


class Agreement(Given):
    """`counts` of pixels: rows the answer or the first opinion, columns what was given, by class
    value, void last. `pixels` is the share alike, `iou` by class value."""

    regions: int
    pixels: float | None
    kappa: float | None
    iou: list[float | None]
    counts: list[list[int]]

    @classmethod
    def of(cls, found: quality.Agreement) -> Self:
        return cls.model_validate(found, from_attributes=True)


class Pair(Given):
    first: str
    second: str
    agreement: Agreement


class PersonQuality(Given):
    """`checks` against known answers, `fixes` against what reviewers drew instead; null without."""

    user_id: int
    name: str
    waiting: int
    accepted: int
    rejected: int
    fixed: int
    acceptance: Annotated[float | None, Field(description="Accepted, of those judged")]
    labelled_in_cycle: int
    seconds_per_region: float | None
    checks: Agreement | None
    fixes: Agreement | None

    @classmethod
    def of(cls, person: quality.Person) -> Self:
        count = person.verdicts.get
        return cls(
            user_id=person.user_id,
            name=person.name,
            waiting=count("pending", 0),
            accepted=count("accepted", 0),
            rejected=count("rejected", 0),
            fixed=count("fixed", 0),
            acceptance=person.acceptance,
            labelled_in_cycle=person.labelled,
            seconds_per_region=person.seconds_per_region,
            checks=Agreement.of(person.checks) if person.checks else None,
            fixes=Agreement.of(person.fixes) if person.fixes else None,
        )


class Quality(Given):
    """`waiting` counts reviews by source; `second` is agreement over all second opinions."""

    shares: Shares
    waiting: dict[str, int]
    second: Agreement
    pairs: list[Pair]
    people: list[PersonQuality]

    @classmethod
    def of(cls, shares: quality.Shares, found: quality.Report) -> Self:
        return cls(
            shares=Shares(review=shares.review, second=shares.second, check=shares.check),
            waiting=found.waiting,
            second=Agreement.of(found.second),
            pairs=[
                Pair(first=one, second=other, agreement=Agreement.of(each))
                for one, other, each in found.pairs
            ],
            people=[PersonQuality.of(each) for each in found.people],
        )
