"""What an admin sees first: the newest cycle, the queue, the people, costs, the forecast."""

from datetime import datetime
from typing import Any, Literal

from tessera.client.models.base import Answer
from tessera.client.models.cycles import Cost, Cycle, CycleRow
from tessera.client.models.projects import SegmentClass


class QueueDepth(Answer):
    """`rank_regret` counts free regions ranked before a held one; 0 while people get the best."""

    waiting: int
    leased: int
    rank_regret: int


class AnnotatorPace(Answer):
    user_id: int
    name: str
    leases: int
    leased_until: datetime | None = None
    labelled_in_cycle: int
    labelled_in_hour: int
    active_s_in_hour: float
    seconds_per_region: float | None = None


class Spent(Cost):
    labelled_share: float


class Overview(Answer):
    cycle: Cycle | None = None
    queue: QueueDepth
    people: list[AnnotatorPace]
    spent: Spent


class Comparison(Answer):
    """`kind` is full (all labels), random (its regions were drawn at random) or other."""

    project_id: int
    title: str
    kind: str
    cycles: list[CycleRow]


class Control(Answer):
    """Means over the labelled regions of a cycle from one source. `changed_share` is of the pixels
    under a suggestion; None where nobody told."""

    number: int
    source: Literal["strategy", "random"]
    regions: int
    clicks: float
    active_s: float
    changed_share: float | None = None


class ControlRun(Answer):
    """The random control of a measured cycle. `state` is shared (the cycle's own model is the
    control), none (not run), or its job's; `reason` says why it cannot be run, or failed."""

    cycle_id: int
    number: int
    state: str
    job_id: int | None = None
    reason: str | None = None
    regions: int
    labelled_share: float | None = None
    labelled_regions: int | None = None
    labelled_images: int | None = None
    cost: Cost | None = None
    val_miou: float | None = None
    test_miou: float | None = None


class ControlRuns(Answer):
    items: list[ControlRun]


class Controls(Answer):
    items: list[Control]


class Comparisons(Answer):
    items: list[Comparison]


class Band(Answer):
    """The 10 %, 50 % and 90 % quantiles; None is more than there is."""

    low: float | None = None
    median: float | None = None
    high: float | None = None


class AuditEvent(Answer):
    """`user_id` is None for what happened by itself."""

    id: int
    kind: str
    at: datetime
    user_id: int | None = None
    user_name: str | None = None
    project_id: int | None = None
    cycle_id: int | None = None
    data: dict[str, Any]


class ModelRow(Answer):
    """`iou` by split and class name; `digest` is the SHA-256 of the weights."""

    id: int
    cycle_id: int
    cycle_number: int
    recipe: str
    digest: str
    manifest_digest: str
    seed: int
    parameters: int | None = None
    weights_bytes: int | None = None
    labelled_share: float
    labelled_regions: int
    val_miou: float | None = None
    test_miou: float | None = None
    iou: dict[str, dict[str, float | None]]
    created_at: datetime


class ModelInput(Answer):
    """What the network is given: RGB bytes at `scale` of the image's size, as
    `value / divisor - offset`."""

    scale: float
    divisor: float
    offset: float


class SplitFigures(Answer):
    """Over this many images; IoU by class name."""

    images: int
    miou: float | None = None
    iou: dict[str, float | None]


class ModelCard(Answer):
    """`card` is the `model.json` that belongs beside the weights; `metrics` are by split."""

    id: int
    digest: str
    card: dict[str, Any]
    classes: list[SegmentClass]
    input: ModelInput
    metrics: dict[str, SplitFigures]


class ModelRows(Answer):
    """`suggesting_model_id` was chosen to make suggestions, None: each cycle's own model makes
    them; `newest_maker_id` has made those of the newest regions."""

    items: list[ModelRow]
    suggesting_model_id: int | None = None
    newest_maker_id: int | None = None


class Difference(Answer):
    """An image, and the mIoU of both models over the classes that occur in it."""

    image_id: int
    name: str
    miou: float
    other_miou: float


class Differences(Answer):
    items: list[Difference]


class LastGain(Answer):
    miou: float
    active_s: float
    clicks: int
    miou_per_hour: float | None = None


class Forecast(Answer):
    """`budget` reaches `target`, in the unit asked for."""

    state: Literal["too_early", "reached", "unlikely", "estimate"]
    target: float
    cycles: int
    least_cycles: int
    budget: Band | None = None
    probability: float | None = None
    ceiling: Band | None = None
    last_gain: LastGain | None = None
