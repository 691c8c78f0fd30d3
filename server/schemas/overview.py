"""What an admin sees first: the newest cycle, the queue, the people, costs, the forecast."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from core import control_runs, forecast, outlook
from server.schemas.common import Given
from server.schemas.cycles import Cost, Cycle, CycleRow

Against = outlook.Against


class Queue(Given):
    waiting: Annotated[int, Field(description="Open regions that nobody holds")]
    leased: Annotated[int, Field(description="Open regions that somebody holds now")]
    rank_regret: Annotated[
        int,
        Field(description="Free regions ranked before a held one; 0: people get the ranking"),
    ]


class Annotator(Given):
    """Somebody who labels or holds regions now."""

    user_id: int
    name: str
    leases: int
    leased_until: datetime | None
    labelled_in_cycle: int
    labelled_in_hour: int
    active_s_in_hour: float
    seconds_per_region: Annotated[
        float | None, Field(description="Active seconds for each region of the newest cycle")
    ]


class Spent(Cost):
    """All labels so far, those of the newest cycle included."""

    labelled_share: float


class Overview(Given):
    """`cycle` is the newest one, null where there has been none."""

    cycle: Cycle | None
    queue: Queue
    people: list[Annotator]
    spent: Spent


class Comparison(Given):
    """Another project that is measured on the same validation images."""

    project_id: int
    title: str
    kind: Annotated[
        Literal["full", "random", "other"],
        Field(description="`full`: all labels; `random`: its regions were drawn at random"),
    ]
    cycles: list[CycleRow]


class Control(Given):
    """Means over labelled regions of a cycle that the strategy chose, or that were drawn at random
    beside them. `changed_share` is of the pixels under a suggestion; null where no program told
    which pixels were accepted."""

    number: Annotated[int, Field(description="Of the cycle")]
    source: Literal["strategy", "random"]
    regions: int
    clicks: float
    active_s: float
    changed_share: float | None


class Controls(Given):
    items: list[Control]


class ControlRun(Given):
    """The random control of a measured cycle: its recipe, seed and steps on the regions drawn at
    random alone. The figures are null until it has succeeded."""

    cycle_id: int
    number: Annotated[int, Field(description="Of the cycle")]
    state: Annotated[
        control_runs.State,
        Field(
            description="`shared`: nothing was chosen yet, the cycle's own model is the control; "
            "`none`: not run; else the state of its job"
        ),
    ]
    job_id: int | None
    reason: Annotated[
        str | None, Field(description="Why it cannot be run, or why it failed, if so")
    ]
    regions: Annotated[int, Field(description="Labelled regions drawn at random before the cycle")]
    labelled_share: float | None
    labelled_regions: int | None
    labelled_images: int | None
    cost: Cost | None
    val_miou: float | None
    test_miou: float | None


class ControlRuns(Given):
    items: list[ControlRun]


class Comparisons(Given):
    items: list[Comparison]


class Band(Given):
    """The 10 %, 50 % and 90 % quantiles; null is more than there is."""

    low: float | None
    median: float | None
    high: float | None


class CurvePoint(Band):
    """mIoU at `x` by the curves that fit."""

    x: float


class LastGain(Given):
    """What the last measured cycle gained over the one before, and what that took."""

    miou: float
    active_s: float
    clicks: int
    miou_per_hour: float | None


class Forecast(Given):
    """`state` is `too_early` while the cycles leave the answer open, and `unlikely` where most
    curves that fit stay below the target."""

    state: forecast.State
    target: float
    split: Literal["val", "test"]
    against: Against
    cycles: Annotated[int, Field(description="Measured cycles with different labels")]
    least_cycles: int
    budget: Annotated[Band | None, Field(description="Reaches the target, in the unit asked for")]
    probability: float | None
    ceiling: Annotated[Band | None, Field(description="The mIoU that the curve tends to")]
    curve: list[CurvePoint]
    last_gain: LastGain | None

    @classmethod
    def of(cls, found: forecast.Forecast, **told: Any) -> Self:
        return cls(
            state=found.state,
            cycles=found.cycles,
            least_cycles=forecast.LEAST_CYCLES,
            budget=_band(found.budget),
            probability=found.probability,
            ceiling=_band(found.ceiling),
            curve=[
                CurvePoint(x=x, low=band.low, median=band.median, high=band.high)
                for x, band in found.curve
            ],
            **told,
        )


def _band(band: forecast.Band | None) -> Band | None:
    return Band.model_validate(band, from_attributes=True) if band else None
