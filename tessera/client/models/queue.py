"""Regions, leases and labels."""

from datetime import datetime

from tessera.client.models.base import Answer


class Box(Answer):
    left: int
    top: int
    width: int
    height: int


class Region(Answer):
    id: int
    cycle_id: int
    image_id: int
    box: Box
    row: int
    col: int
    rank: int
    score: float | None = None
    source: str
    state: str
    epoch: int
    note: str = ""
    flagged: bool = False
    rejection: str | None = None


class LeasedImage(Answer):
    id: int
    name: str
    width: int
    height: int


class ClassShare(Answer):
    """A class value, and its mean probability over a region."""

    value: int
    share: float


class Lease(Answer):
    """`of` is the number of regions of the cycle; URLs are None where there is no such thing."""

    id: str
    region_id: int
    cycle_id: int
    project_id: int
    epoch: int
    granted_at: datetime
    expires_at: datetime
    rank: int
    of: int
    score: float | None = None
    source: str
    top_classes: list[ClassShare]
    box: Box
    image: LeasedImage
    image_url: str
    context_url: str
    suggestion_url: str | None = None
    confidence_url: str | None = None
    superpixels_url: str
    neighbours_url: str
    label_url: str | None = None
    rejection: str | None = None


class Leases(Answer):
    """`reason` says why there are none: no_open_cycle, queue_empty or all_leased."""

    items: list[Lease]
    reason: str | None = None


class Renewed(Answer):
    """`state` is renewed, or superseded: then the lease is over."""

    id: str
    state: str
    expires_at: datetime | None = None


class RenewedLeases(Answer):
    items: list[Renewed]


class LabelPixels(Answer):
    labelled: int
    void: int
    not_asked: int


class LabelOrigins(Answer):
    """Pixels by how they came about."""

    none: int
    accepted: int
    edited: int
    drawn: int


class Label(Answer):
    id: int
    region_id: int
    revision: int
    status: str
    mask_sha256: str
    clicks: int
    active_ms: int
    pixels: LabelPixels
    origins: LabelOrigins | None = None
    cycle_state: str


class LabelRow(Answer):
    """A label in force; while it is `changeable`, its author can reopen the region."""

    id: int
    region_id: int
    user_id: int
    cycle_id: int
    cycle_number: int
    revision: int
    submitted_at: datetime
    changeable: bool
