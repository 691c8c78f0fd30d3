"""How costs grow: a step of S4AL with its batch, the size of its images and the classes, each over
its own floor; scoring with the pool, over a sixth of it. The ratios should stay where they are.

`--quick` takes images of half the size and the ends of each range alone.
"""

from collections.abc import Iterator
from typing import Any

from benchmarks import Figure, main
from benchmarks.learner import HEIGHT, WIDTH, of_classes, pictures, training
from benchmarks.score import POOL, over_its_part
from benchmarks.train_step import measured

BASE = "s4al-cpu, 120x80"


def figures(*, quick: bool) -> list[Figure]:
    seconds = 1 if quick else 10
    with pictures(POOL) as pool:
        found = []
        for name, overrides, classes in _cases(quick=quick):
            ready = training(of_classes(pool, classes), BASE, overrides, classes=classes)
            found.append(measured(ready, name, seconds))
            ready.loader.close()
        return [*found, over_its_part(pool, BASE, 6, seconds)]


def _cases(*, quick: bool) -> Iterator[tuple[str, dict[str, Any], int]]:
    scale = 0.25 if quick else 0.5
    size = f"{WIDTH * scale:.0f}x{HEIGHT * scale:.0f}"
    for batch in (2, 8) if quick else (2, 4, 8):
        schedule = {"labelled_batch": batch, "unlabelled_batch": batch}
        yield f"batch {batch}+{batch}, {size}", {"schedule": schedule, "scale": scale}, 11
    for each in (scale, 2 * scale):
        yield f"{WIDTH * each:.0f}x{HEIGHT * each:.0f}", {"scale": each}, 11
    for classes in (2, 150) if quick else (2, 19, 150):
        yield f"{classes} classes, {size}", {"scale": scale}, classes


if __name__ == "__main__":
    main([figures], __doc__)
