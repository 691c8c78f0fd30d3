"""Small multiples: for every class a line of its IoU over the cycles, all on one scale."""

from collections.abc import Sequence
from typing import Any

from core.models import LabelClass

WIDTH, HEIGHT, EDGE = 100.0, 32.0, 2.0


def of(rows: Sequence[dict[str, Any]], classes: Sequence[LabelClass]) -> list[dict[str, Any]]:
    """By class: colour, the newest IoU of each split, the change of val, and its line's points."""
    measured = [row for row in rows if row["iou"]]
    found = [_of_class(measured, each) for each in classes]
    return found if measured else []


def _of_class(rows: Sequence[dict[str, Any]], each: LabelClass) -> dict[str, Any]:
    series = {
        split: [row["iou"].get(split, {}).get(each.name) for row in rows]
        for split in ("val", "test")
    }
    val = [value for value in series["val"] if value is not None]
    return {
        "name": each.name,
        "colour": each.color,
        "lines": {split: points(values) for split, values in series.items()},
        "newest": {split: values[-1] if values else None for split, values in series.items()},
        "change": val[-1] - val[-2] if len(val) > 1 else None,
    }


def points(values: Sequence[float | None]) -> str:
    """Points of an SVG polyline in a box of WIDTH x HEIGHT, from 0 to 1 upwards."""
    across = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    down = HEIGHT - 2 * EDGE
    found = [
        f"{EDGE + i * across:.1f},{EDGE + (1 - value) * down:.1f}"
        for i, value in enumerate(values)
        if value is not None
    ]
    # A line from a point to itself is drawn as a dot.
    return " ".join(found * 2 if len(found) == 1 else found)
