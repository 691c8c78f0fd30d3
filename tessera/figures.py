"""The table of a campaign: what every cycle's model was trained on, and what that gave."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tessera.client.models import ClassIou, CycleRow

STAGES = ("train", "evaluate", "score", "select")
COLUMNS = (
    ("cycle", "left"),
    ("labelled", "right"),
    ("regions", "right"),
    ("clicks", "right"),
    ("mIoU\nval", "right"),
    ("mIoU\ntest", "right"),
    ("% of full\nval", "right"),
    ("% of full\ntest", "right"),
    ("best\nclass", "left"),
    ("worst\nclass", "left"),
    ("stage\nseconds", "right"),
)


def campaign_table(rows: Sequence[CycleRow], reference: CycleRow | None = None) -> Table:
    """A row per cycle; with a `reference` also the shares of full supervision, and its own row."""
    stages = f"stage seconds: {', '.join(STAGES)}"
    table = Table(box=SIMPLE_HEAD, pad_edge=False, caption=stages, caption_justify="right")
    for heading, side in COLUMNS:
        table.add_column(heading, justify="right" if side == "right" else "left", no_wrap=True)
    for row in rows:
        table.add_row(*cells(str(row.number), row, reference))
    if reference:
        table.add_section()
        table.add_row(*cells("all labels", reference, reference))
    return table


def cells(name: str, row: CycleRow, reference: CycleRow | None) -> list[str]:
    return [
        name,
        "" if row.labelled_share is None else f"{100 * row.labelled_share:.2f} %",
        "" if row.labelled_regions is None else str(row.labelled_regions),
        str(row.cost.clicks),
        _miou(row.val_miou),
        _miou(row.test_miou),
        _share(row.val_miou, reference.val_miou if reference else None),
        _share(row.test_miou, reference.test_miou if reference else None),
        _class(row.best),
        _class(row.worst),
        "  ".join(_seconds(row.stage_seconds.get(stage)) for stage in STAGES),
    ]


def share_of(value: float | None, full: float | None) -> float | None:
    """`value` as a share of `full` supervision; None when either is missing."""
    return value / full if value is not None and full else None


def _miou(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _share(value: float | None, full: float | None) -> str:
    share = share_of(value, full)
    return "-" if share is None else f"{100 * share:.1f}"


def _class(iou: ClassIou | None) -> str:
    return "-" if iou is None else f"{iou.name} {100 * iou.iou:.1f}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
