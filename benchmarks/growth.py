"""How a step of S4AL grows with its batch, with the size of its images and with the classes, each
over its own floor: the ratio should not grow with them."""

from collections.abc import Iterator
from typing import Any

from benchmarks import Figure, main
from benchmarks.learner import of_classes, pictures, training
from benchmarks.train_step import measured

BASE = "s4al-cpu, 120x80"


def figures(*, quick: bool) -> list[Figure]:
    seconds = 2 if quick else 15
    found = []
    with pictures(16) as pool:
        for name, overrides, classes in _cases():
            items = of_classes(pool, classes)
            ready = training(items, BASE, overrides, classes=classes)
            found.append(measured(ready, name, seconds))
    return found


def _cases() -> Iterator[tuple[str, dict[str, Any], int]]:
    for batch in (2, 4, 8):
        schedule = {"labelled_batch": batch, "unlabelled_batch": batch}
        yield f"batch {batch}+{batch}", {"schedule": schedule}, 11
    for scale in (0.5, 1.0):
        yield f"{240 * scale:.0f}x{160 * scale:.0f} px", {"scale": scale}, 11
    for classes in (2, 19, 150):
        yield f"{classes} classes", {}, classes


if __name__ == "__main__":
    main([figures], __doc__)
