"""The forecast of a project: its measured cycles as the points of a curve."""

import math
from collections.abc import Sequence
from typing import Any, Literal

from core.forecast import Forecast, forecast

Against = Literal["share", "hours", "clicks"]
Rows = Sequence[dict[str, Any]]


def x_of(row: dict[str, Any], against: Against) -> float:
    """What the labels of a cycle's model amount to, in the unit asked for."""
    cost = row["cost"]
    units = {
        "share": row["labelled_share"],
        "hours": cost["active_s"] / 3600,
        "clicks": cost["clicks"],
    }
    return float(units[against])


def measured(rows: Rows, split: str) -> list[dict[str, Any]]:
    """The cycles whose model was judged on the split."""
    return [row for row in rows if row[f"{split}_miou"] is not None]


def usual_target(rows: Rows, split: str) -> float:
    """The next multiple of 5 % above what was reached."""
    best = max((row[f"{split}_miou"] for row in measured(rows, split)), default=0.0)
    return min(1.0, math.floor(best * 20 + 1) / 20)


def of(rows: Rows, *, split: str, against: Against, target: float) -> Forecast:
    """What reaching `target` takes."""
    known = measured(rows, split)
    xs = [x_of(row, against) for row in known]
    mious = [row[f"{split}_miou"] for row in known]
    return forecast(xs, mious, target, most=1.0 if against == "share" else None)


def last_gain(rows: Rows, split: str) -> dict[str, Any] | None:
    """What the newest measured cycle gained over the one before, and the costs of that."""
    known = measured(rows, split)[-2:]
    if len(known) < 2:
        return None
    before, now = known
    gain = now[f"{split}_miou"] - before[f"{split}_miou"]
    active_s = now["cost"]["active_s"] - before["cost"]["active_s"]
    return {
        "miou": gain,
        "active_s": active_s,
        "clicks": now["cost"]["clicks"] - before["cost"]["clicks"],
        "miou_per_hour": gain / active_s * 3600 if active_s > 0 else None,
    }
