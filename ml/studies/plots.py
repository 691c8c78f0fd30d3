"""Drawings of studies, as SVG or PNG by the file's suffix."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from ml.report import AXES, Point

# Colours begin again after ten lines; another marker tells those apart.
COLOURS, MARKERS = 10, "os^D"


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
    _save(figure, path)


def campaigns(points: Sequence[Point], path: Path) -> None:
    """mIoU with its spread against each kind of cost, a line for each arm.

    What all labels give is a level: its cost would leave the others no room.
    """
    figure = Figure(figsize=(13, 4), layout="constrained")
    for axes, (cost, title) in zip(
        figure.subplots(1, len(AXES), sharey=True), AXES.items(), strict=True
    ):
        for number, arm in enumerate(dict.fromkeys(each.arm for each in points)):
            own = [each for each in points if each.arm == arm]
            if own[0].shares and own[0].shares["pixels"] == 1:
                axes.axhline(100 * own[0].miou.mean, color="grey", linestyle="--", label=arm)
                continue
            axes.errorbar(
                [_share(each, cost) for each in own],
                [100 * each.miou.mean for each in own],
                yerr=[100 * (each.miou.spread or 0) for each in own],
                color=f"C{number % COLOURS}",
                marker=MARKERS[number // COLOURS % len(MARKERS)],
                capsize=3,
                label=arm,
            )
        axes.set(xlabel=f"{title} (% of all)" if points[0].shares else title, ylabel="mIoU (%)")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center")
    _save(figure, path)


def _share(point: Point, cost: str) -> float:
    return 100 * point.shares[cost] if point.shares else point.costs[cost].mean


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
