"""Regions, the leases on them, and their labels."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from core import cycles, models
from core.regions import Leased
from server.pictures import sha256_of
from server.schemas.common import Given, Name, Taken

Session_ = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")
]
CONTEXT_PX = 60


class Box(Given):
    """A rectangle in native pixels of its image."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def of(cls, region: models.Region) -> Self:
        return cls(left=region.left, top=region.top, width=region.width, height=region.height)


class Region(Given):
    id: int
    cycle_id: int
    image_id: int
    box: Box
    row: int
    col: int
    rank: int
    score: Annotated[float | None, Field(description="Higher means label first")]
    source: str
    state: Literal["open", "labelled", "skipped", "withdrawn"]
    epoch: int

    @classmethod
    def of(cls, region: models.Region) -> Self:
        return cls(
            id=region.id,
            cycle_id=region.cycle_id,
            image_id=region.image_id,
            box=Box.of(region),
            row=region.cell_row,
            col=region.cell_col,
            rank=region.rank,
            score=region.score,
            source=region.source,
            state=region.state,
            epoch=region.epoch,
        )


class NewLeases(Taken):
    count: Annotated[int, Field(ge=1, le=20, examples=[2])] = 1
    session: Annotated[
        Session_ | None,
        Field(description="Names one place of work, such as a browser tab; leases belong to it"),
    ] = None


class Reopening(Taken):
    session: Session_ | None = None


class Renewal(Taken):
    epoch: Annotated[int, Field(ge=1, le=2**63 - 1)]


class Skip(Taken):
    reason: Annotated[Name, Field(examples=["too blurred to tell"])]


class LeasedImage(Given):
    id: int
    name: str
    width: int
    height: int


class Lease(Given):
    id: UUID
    region_id: int
    cycle_id: int
    project_id: int
    epoch: int
    granted_at: datetime
    expires_at: datetime
    rank: int
    score: float | None
    box: Box
    image: LeasedImage
    image_url: str
    context_url: str
    suggestion_url: Annotated[str | None, Field(description="Null in a cold start: no model")]

    @classmethod
    def of(cls, leased: Leased) -> Self:
        lease, region, image = leased.lease, leased.region, leased.image
        here = f"/api/v1/regions/{region.id}"
        return cls(
            id=lease.id,
            region_id=region.id,
            cycle_id=region.cycle_id,
            project_id=lease.project_id,
            epoch=lease.epoch,
            granted_at=lease.granted_at,
            expires_at=lease.expires_at,
            rank=region.rank,
            score=region.score,
            box=Box.of(region),
            image=LeasedImage.model_validate(image, from_attributes=True),
            image_url=f"{here}/image",
            context_url=f"{here}/context?margin_px={CONTEXT_PX}",
            suggestion_url=f"{here}/suggestion" if region.suggestion_key else None,
        )


class Leases(Given):
    """With no items, `reason` says why."""

    items: list[Lease]
    reason: Literal["no_open_cycle", "queue_empty", "all_leased"] | None


class Fill(Taken):
    fill: Annotated[int, Field(ge=0, le=255, description="A class value, or 255 for void")]


class Pixels(Given):
    labelled: int
    void: int
    not_asked: int


class Label(Given):
    id: int
    region_id: int
    revision: int
    status: Literal["accepted"]
    mask_sha256: str
    clicks: Annotated[int, Field(description="Estimated clicks to draw this mask")]
    active_ms: int
    pixels: Pixels
    cycle_state: str

    @classmethod
    def of(cls, db: Session, label: models.Label, region: models.Region) -> Self:
        values: dict[str, Any] = {"status": label.status}
        return cls(
            id=label.id,
            region_id=label.region_id,
            revision=label.revision,
            mask_sha256=sha256_of(label.mask_key),
            clicks=label.estimated_clicks,
            active_ms=label.active_ms,
            pixels=Pixels(
                labelled=label.labelled_px, void=label.void_px, not_asked=label.not_asked_px
            ),
            cycle_state=cycles.get(db, region.cycle_id).state,
            **values,
        )
