"""Regions, the leases on them, and their labels."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from core import models, suggestions
from core.regions import Leased, Reason
from server.schemas.common import Given, Name, Taken

Session_ = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")
]
CONTEXT_PX = 60
HELD_LEASE: dict[str, JsonValue] = {"id": "00000000-0000-4000-8000-000000000001", "epoch": 1}


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
    note: Annotated[str, Field(description="What its annotator has to say; plain text")]
    flagged: Annotated[bool, Field(description="Its annotator wants a reviewer to look")]
    rejection: Annotated[
        str | None, Field(description="Why a reviewer sent the label back; null otherwise")
    ]

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
            note=region.note,
            flagged=region.flagged,
            rejection=region.rejection,
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


class HeldLease(Taken):
    id: UUID
    epoch: Annotated[int, Field(ge=1, le=2**63 - 1)]


class Renewals(Taken):
    """What one session holds."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"session": "tab-1", "leases": [HELD_LEASE]}}
    )

    session: Session_ | None = None
    leases: Annotated[list[HeldLease], Field(min_length=1, max_length=100)]


class Renewed(Given):
    """One lease of several: `expires_at` is its new end, null when it is superseded."""

    id: UUID
    state: Literal["renewed", "superseded"]
    expires_at: datetime | None

    @classmethod
    def of(cls, lease_id: UUID, expires_at: datetime | None) -> Self:
        state: Literal["renewed", "superseded"] = "renewed" if expires_at else "superseded"
        return cls(id=lease_id, state=state, expires_at=expires_at)


class RenewedLeases(Given):
    items: list[Renewed]


class Note(Taken):
    """A remark for the reviewer, kept as it is written and never interpreted, and a flag."""

    text: Annotated[
        str,
        StringConstraints(max_length=2000, pattern=r"^[^\x00]*$"),
        Field(examples=["Is the kerb road or pavement?"]),
    ] = ""
    flagged: bool = False


class Skip(Taken):
    reason: Annotated[Name, Field(examples=["too blurred to tell"])]


class LeasedImage(Given):
    id: int
    name: str
    width: int
    height: int


class ClassShare(Given):
    """A class value, and its mean probability over the region."""

    value: int
    share: float


class Lease(Given):
    """The URLs lead to what there is to see of the region; null where there is no such thing."""

    id: UUID
    region_id: int
    cycle_id: int
    project_id: int
    epoch: int
    granted_at: datetime
    expires_at: datetime
    rank: int
    ranked: Annotated[int, Field(alias="of", description="Number of regions of the cycle")]
    score: float | None
    source: Annotated[str, Field(description="Why this region: `score` or `random`")]
    top_classes: Annotated[
        list[ClassShare],
        Field(description="The model's two most probable classes, where its suggestion is shown"),
    ]
    box: Box
    image: LeasedImage
    image_url: str
    context_url: str
    suggestion_url: Annotated[
        str | None,
        Field(description="Null in a cold start, and where the region is asked without one"),
    ]
    confidence_url: str | None
    superpixels_url: str
    neighbours_url: str
    label_url: Annotated[
        str | None, Field(description="The label that is changed: reopened, or sent back")
    ]
    rejection: Annotated[
        str | None, Field(description="Why a reviewer sent the label back; null otherwise")
    ]

    @classmethod
    def of(cls, leased: Leased) -> Self:
        lease, region, image = leased.lease, leased.region, leased.image
        here = f"/api/v1/regions/{region.id}"
        suggested = suggestions.shown(region)
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
            ranked=leased.of,
            source=region.source,
            top_classes=region.top_classes if suggested else [],
            suggestion_url=f"{here}/suggestion" if suggested else None,
            confidence_url=f"{here}/suggestion?band=confidence" if suggested else None,
            superpixels_url=f"{here}/superpixels",
            neighbours_url=f"{here}/neighbours?margin_px={CONTEXT_PX}",
            label_url=f"{here}/label" if leased.own_label_id else None,
            rejection=region.rejection,
        )


class Leases(Given):
    """With no items, `reason` says why."""

    items: list[Lease]
    reason: Reason | None
