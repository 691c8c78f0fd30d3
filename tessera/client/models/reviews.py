"""Reviews of labels, and how good labels and people are."""

from datetime import datetime

from tessera.client.models.base import Answer
from tessera.client.models.queue import Box


class Review(Answer):
    """A label that waits for a second look, or was judged: pending, accepted, rejected, fixed,
    withdrawn. `source` says why: sample, flagged, contradiction, again, asked."""

    id: int
    source: str
    state: str
    doubt: float | None = None
    cycle_id: int
    region_id: int
    image_id: int
    box: Box
    note: str
    label_id: int
    author_id: int
    author: str
    active_s: float
    reviewer_id: int | None = None
    reviewer: str | None = None
    reason: str
    fix_id: int | None = None
    created_at: datetime
    decided_at: datetime | None = None
    context_url: str
    mask_url: str
    suggestion_url: str | None = None


class Shares(Answer):
    """Of labels: reviewed, asked twice; of leases: checks whose answer is known."""

    review: float
    second: float
    check: float


class Agreement(Answer):
    """`counts` of pixels: rows the answer or first opinion, columns what was given, void last."""

    regions: int
    pixels: float | None = None
    kappa: float | None = None
    iou: list[float | None]
    counts: list[list[int]]


class Pair(Answer):
    first: str
    second: str
    agreement: Agreement


class PersonQuality(Answer):
    user_id: int
    name: str
    waiting: int
    accepted: int
    rejected: int
    fixed: int
    acceptance: float | None = None
    labelled_in_cycle: int
    seconds_per_region: float | None = None
    checks: Agreement | None = None
    fixes: Agreement | None = None


class Quality(Answer):
    shares: Shares
    waiting: dict[str, int]
    second: Agreement
    pairs: list[Pair]
    people: list[PersonQuality]
