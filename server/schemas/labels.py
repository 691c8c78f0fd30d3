"""Labels: what is sent, what came of it, and the list of one's own."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from core import models
from core.settling import Settled
from server.pictures import sha256_of
from server.schemas.common import Given, Taken


class Fill(Taken):
    fill: Annotated[int, Field(ge=0, le=255, description="A class value, or 255 for void")]


class Pixels(Given):
    labelled: int
    void: int
    not_asked: int


class Origins(Given):
    """Pixels by how they came about."""

    none: int
    accepted: int
    edited: int
    drawn: int


class Label(Given):
    id: int
    region_id: int
    revision: int
    status: Literal["accepted"]
    mask_sha256: str
    clicks: Annotated[int, Field(description="Estimated clicks to draw this mask")]
    active_ms: int
    pixels: Pixels
    origins: Annotated[Origins | None, Field(description="Null where they were not told")]
    cycle_state: str

    @classmethod
    def of(cls, label: models.Label | Settled, cycle_state: str) -> Self:
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
            origins=None if label.origins is None else Origins(**label.origins),
            cycle_state=cycle_state,
            **values,
        )


class LabelRow(Given):
    """A label in a list; while it is `changeable`, its author can lease the region again."""

    id: int
    region_id: int
    user_id: int
    cycle_id: int
    cycle_number: int
    revision: int
    submitted_at: datetime
    changeable: bool

    @classmethod
    def of(cls, label: models.Label, cycle: models.Cycle, caller: models.User) -> Self:
        return cls(
            id=label.id,
            region_id=label.region_id,
            user_id=label.user_id,
            cycle_id=cycle.id,
            cycle_number=cycle.number,
            revision=label.revision,
            submitted_at=label.created_at,
            changeable=cycle.state == "labelling" and label.user_id == caller.id,
        )
