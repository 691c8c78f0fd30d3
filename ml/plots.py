"""Drawings of studies, as SVG or PNG by the file's suffix."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


def comparison(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """mIoU with its spread against the labelled share, a line for each recipe."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for name in dict.fromkeys(row["recipe"] for row in rows):
        own = [row for row in rows if row["recipe"] == name]
        axes.errorbar(
            [100 * row["fraction"] for row in own],
            [100 * row["miou"] for row in own],
            yerr=[100 * (row["spread"] or 0) for row in own],
            marker="o",
            capsize=3,
            label=name,
        )
    axes.set(xlabel="images labelled (%)", ylabel="mIoU (%)")
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
