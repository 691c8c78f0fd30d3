"""What the learner's benchmarks share: scenes, and a training that stands ready in this process."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from ml.child import Child
from ml.presets import recipe
from ml.spec import ImageItem, TrainSpec
from ml.train import assemble
from ml.trainer import Training
from tessera import scenes

WIDTH, HEIGHT = 240, 160
# Pseudo-labels and replay from the first step on, so that every step is a full one.
FULL = {"cold_start": 0.0, "replay_start": 0.0}
PUBLISHED = {"schedule": {"steps": 1000}, "s4al": FULL}
SMALL = {"schedule": {"steps": 1000}, "s4al": FULL, "scale": 0.5}
SETTINGS = {"s4al-cpu, 120x80": ("s4al-cpu", SMALL), "s4al, 240x160": ("s4al", PUBLISHED)}


@contextmanager
def pictures(count: int) -> Iterator[list[ImageItem]]:
    """Scenes with their whole masks; the process works in their folder."""
    before = Path.cwd()
    with TemporaryDirectory(prefix="tessera-") as name:
        folder = Path(name)
        scenes.generate(folder, pool=count, val=0, test=0, width=WIDTH, height=HEIGHT, seed=0)
        chdir(folder)
        try:
            yield [_item(path) for path in sorted((folder / "pool/images").iterdir())]
        finally:
            chdir(before)


def _item(path: Path) -> ImageItem:
    mask = path.parents[1] / "masks" / path.name
    return ImageItem(id=path.stem, path=str(path), width=WIDTH, height=HEIGHT, mask_path=str(mask))


def training(pool: list[ImageItem], setting: str) -> Training:
    """Ready for steps with every term of S4AL in them."""
    name, overrides = SETTINGS[setting]
    names = json.loads(Path("classes.json").read_text())["classes"]
    spec = TrainSpec(
        recipe=recipe(name, overrides), classes=[each["name"] for each in names], pool=pool
    )
    ready = assemble(spec, Child(stdout=2))
    ready.method.load_extra({"replay": list(range(len(pool)))})
    return ready


def paired(
    one: Callable[[int], None], other: Callable[[int], None], rounds: int
) -> tuple[float, float]:
    """Median seconds of each, taken in turns after two rounds of warming up."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 2):
        for work, taken in zip((one, other), times, strict=True):
            started = time.perf_counter()
            work(number)
            synchronise()
            taken.append(time.perf_counter() - started)
    return statistics.median(times[0][2:]), statistics.median(times[1][2:])


def synchronise() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
