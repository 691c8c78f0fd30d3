"""How far the labelling is."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from server.schemas.common import Given
from server.schemas.cycles import CycleState, RegionCounts

Reason = Annotated[
    Literal["no_open_cycle", "queue_empty", "all_leased"] | None,
    Field(description="Why nothing more can be leased now; null where something can"),
]
REGIONS: dict[str, JsonValue] = {
    "total": 40,
    "open": 12,
    "leased": 3,
    "labelled": 27,
    "skipped": 1,
    "withdrawn": 0,
}
EXAMPLE: dict[str, JsonValue] = {
    "cycle": {"id": 7, "number": 3, "state": "labelling", "regions": REGIONS},
    "mine": {
        "labelled_in_cycle": 15,
        "labelled_in_hour": 9,
        "active_s_in_hour": 412.5,
        "seconds_per_region": 44.1,
    },
    "reason": None,
}


class CycleProgress(Given):
    id: int
    number: int
    state: CycleState
    regions: RegionCounts


class OwnProgress(Given):
    """Regions that the caller has labelled, in the cycle and in the last hour."""

    labelled_in_cycle: int
    labelled_in_hour: int
    active_s_in_hour: float
    seconds_per_region: Annotated[
        float | None,
        Field(description="Active seconds for each region of the cycle; null without labels"),
    ]


class Progress(Given):
    """`cycle` is the project's newest, null where there has been none."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    cycle: CycleProgress | None
    mine: OwnProgress
    reason: Reason
