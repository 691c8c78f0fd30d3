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


class LeasedImage(Answer):
    id: int
    name: str
    width: int
    height: int


class Lease(Answer):
    id: str
    region_id: int
    cycle_id: int
    project_id: int
    epoch: int
    granted_at: datetime
    expires_at: datetime
    rank: int
    score: float | None = None
    box: Box
    image: LeasedImage
    image_url: str
    context_url: str
    suggestion_url: str | None = None


class Leases(Answer):
    """`reason` says why there are none: no_open_cycle, queue_empty or all_leased."""

    items: list[Lease]
    reason: str | None = None


class LabelPixels(Answer):
    labelled: int
    void: int
    not_asked: int


class Label(Answer):
    id: int
    region_id: int
    revision: int
    status: str
    mask_sha256: str
    clicks: int
    active_ms: int
    pixels: LabelPixels
    cycle_state: str
