"""What the demo learns from: a folder of real images, or synthetic scenes made for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tessera import scenes
from tessera.dataset import first_size, read_classes

WIDTH, HEIGHT, CELL_PX = 240, 160, 20
TRAINED_WIDTH = 120
"""Small enough for steps by the hundred a minute on two cores, and those teach more than pixels."""
SPLITS = {"pool": 160, "val": 40, "test": 40}
REAL_STEPS = 450
CELLS_ACROSS = 16
"""Of a given data set: 30 px at 480 px, the size at which region labelling was published."""


@dataclass(frozen=True)
class Data:
    """`scale` resizes images for training; `steps` is how long real streets take to learn, None
    the recipe's own."""

    folder: Path
    title: str
    synthetic: bool
    classes: list[dict[str, Any]]
    cell_px: int
    scale: float
    steps: int | None = None


def given(folder: Path) -> Data:
    """The data set of a folder in the plain or camvid form."""
    width, _ = first_size(folder)
    return Data(
        folder=folder.resolve(),
        title=folder.resolve().name,
        synthetic=(folder / "SYNTHETIC.txt").is_file(),
        classes=read_classes(folder),
        cell_px=max(8, width // CELLS_ACROSS),
        scale=min(1.0, round(TRAINED_WIDTH / width, 3)),
        steps=REAL_STEPS,
    )


def synthetic(folder: Path, seed: int, progress: Callable[[int, int], None]) -> Data:
    """Scenes drawn into the folder; those that are there already are taken as they are."""
    complete = folder / "complete"
    if not complete.is_file():
        scenes.generate(folder, **SPLITS, width=WIDTH, height=HEIGHT, seed=seed, progress=progress)
        complete.touch()
    return Data(
        folder=folder.resolve(),
        title="synthetic scenes",
        synthetic=True,
        classes=read_classes(folder),
        cell_px=CELL_PX,
        scale=TRAINED_WIDTH / WIDTH,
    )
