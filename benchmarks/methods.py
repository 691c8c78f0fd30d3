"""A step of each method over one of `supervised`: CPU recipes, every term in it, the same images.

Processor time, taken in turns in one process on one thread: whatever else runs slows both.
"""

import time

from benchmarks import Figure, main
from benchmarks.learner import paired, pictures
from ml.child import Child
from ml.presets import recipe
from ml.recipe import Recipe
from ml.spec import ImageItem, TrainSpec
from ml.train import assemble
from ml.trainer import update
from ml.training import Training

# Every term from the first step on.
FULL = {
    "schedule": {"steps": 1_000_000},
    "s4al": {"cold_start": 0.0, "replay_start": 0.0},
    "advsemiseg": {"start": 0.0},
    "scale": 0.5,
    "threads": 1,
}
METHODS = (
    *("s4al", "classmix", "mean_teacher", "cct", "advsemiseg"),
    *("temporal_ensembling", "cyclegan"),
)


def figures(*, quick: bool) -> list[Figure]:
    with pictures(16) as pool:
        partly = [_bare(item) if number % 2 else item for number, item in enumerate(pool)]
        return [measured(name, partly, 2 if quick else 20) for name in METHODS]


def measured(name: str, pool: list[ImageItem], seconds: float) -> Figure:
    ready, plain = _training(f"{name}-cpu", pool), _training("supervised-cpu", pool)
    turns = (lambda t: update(ready, t)), (lambda t: update(plain, t))
    taken, floor = paired(*turns, seconds, time.process_time)
    return Figure(f"step of {name}-cpu", taken * 1e3, "ms", "supervised-cpu", floor * 1e3)


def _bare(item: ImageItem) -> ImageItem:
    return item.model_copy(update={"mask_path": None})


def _training(name: str, pool: list[ImageItem]) -> Training:
    asked: Recipe = recipe(name, FULL)
    names = [f"class {value}" for value in range(11)]
    spec = TrainSpec(recipe=asked, classes=names, pool=pool, background=[0])
    ready = assemble(spec, Child(stdout=2))
    if asked.method == "s4al":
        ready.method.load_extra({"replay": list(range(len(pool)))})
    return ready


if __name__ == "__main__":
    main([figures], __doc__)
