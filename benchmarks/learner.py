"""What the learner's benchmarks share: scenes, and a training that stands ready in this process."""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from PIL import Image

from ml import cache
from ml.child import Child
from ml.presets import recipe
from ml.spec import ImageItem, TrainSpec
from ml.train import assemble
from ml.training import Training
from tessera import scenes

WIDTH, HEIGHT = 240, 160
# Pseudo-labels and replay from the first step on, so that every step is a full one.
FULL = {"s4al": {"cold_start": 0.0, "replay_start": 0.0}, "schedule": {"steps": 1_000_000}}
SETTINGS = {"s4al-cpu, 120x80": ("s4al-cpu", {"scale": 0.5}), "s4al, 240x160": ("s4al", {})}
SMALLER = {
    "s4al-cpu, 120x80": ("s4al-cpu", {"scale": 0.5}),
    "s4al, 120x80": ("s4al", {"scale": 0.5}),
}
"""For a quick look."""
WARM_UPS = 2


def settings(*, quick: bool) -> Sequence[str]:
    """The names of what is measured."""
    return tuple(SMALLER if quick else SETTINGS)


@contextmanager
def pictures(count: int) -> Iterator[list[ImageItem]]:
    """Scenes with their whole masks; the process works in their folder, and decodes to there."""
    before = Path.cwd()
    with TemporaryDirectory(prefix="tessera-") as name:
        folder = Path(name)
        scenes.generate(folder, pool=count, val=0, test=0, width=WIDTH, height=HEIGHT, seed=0)
        os.environ["TESSERA_CACHE_DIR"] = str(folder / "decoded")
        cache.shared.cache_clear()
        os.chdir(folder)
        try:
            yield [_item(path) for path in sorted((folder / "pool/images").iterdir())]
        finally:
            os.chdir(before)


def _item(path: Path) -> ImageItem:
    mask = path.parents[1] / "masks" / path.name
    return ImageItem(id=path.stem, path=str(path), width=WIDTH, height=HEIGHT, mask_path=str(mask))


def of_classes(pool: list[ImageItem], count: int) -> list[ImageItem]:
    """The same images with masks of so many classes, made from what theirs are."""
    items = []
    for item in pool:
        ids = np.asarray(Image.open(str(item.mask_path)))
        path = f"{count} classes {item.id}.png"
        rows = np.arange(len(ids), dtype=np.int64)[:, None]
        Image.fromarray(((ids + rows // 8) % count).astype(np.uint8)).save(path)
        items.append(item.model_copy(update={"mask_path": path}))
    return items


def training(
    pool: list[ImageItem], setting: str, *overrides: Mapping[str, Any], classes: int = 11
) -> Training:
    """Ready for steps with every term of S4AL in them."""
    name, own = (SETTINGS | SMALLER)[setting]
    asked = merged(FULL, own, *overrides)
    names = [f"class {value}" for value in range(classes)]
    spec = TrainSpec(recipe=recipe(name, asked), classes=names, pool=pool)
    ready = assemble(spec, Child(stdout=2))
    ready.method.load_extra({"replay": list(range(len(pool)))})
    return ready


def merged(*changes: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides of recipes, two levels deep as those are; the later ones win."""
    whole: dict[str, Any] = {}
    for change in changes:
        for key, value in change.items():
            nested = isinstance(value, Mapping)
            whole[key] = {**whole.get(key, {}), **value} if nested else value
    return whole


def paired(
    one: Callable[[int], object],
    other: Callable[[int], object],
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """Median seconds of each by the clock, taken in turns for so long, and three times at least."""
    times: tuple[list[float], list[float]] = ([], [])
    number, until = 0, time.perf_counter() + seconds
    while number < WARM_UPS + 3 or time.perf_counter() < until:
        for work, taken in zip((one, other), times, strict=True):
            started = clock()
            work(number)
            synchronise()
            taken.append(clock() - started)
        number += 1
    return statistics.median(times[0][WARM_UPS:]), statistics.median(times[1][WARM_UPS:])


def synchronise() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
