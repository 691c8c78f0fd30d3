"""A step of S4AL over the bare passes of its networks on the same batches.

The floor is what no implementation can save: the student forward and backward over labelled,
mixed and replayed images, the teacher forward over the two unlabelled batches. What is above it is
reading, mixing, losses, the optimiser and the average.
"""

import torch

from benchmarks import Figure, main
from benchmarks.learner import SETTINGS, paired, pictures, training
from ml.trainer import Training, update


def figures(*, quick: bool) -> list[Figure]:
    with pictures(16) as pool:
        return [_figure(training(pool, name), name, 5 if quick else 15) for name in SETTINGS]


def _figure(ready: Training, name: str, rounds: int) -> Figure:
    taken, floor = paired(lambda n: step(ready, n), lambda n: bare(ready, n), rounds)
    return Figure(f"S4AL step ({name})", taken * 1e3, "ms", "bare passes", floor * 1e3)


def step(ready: Training, number: int) -> None:
    """A step with all terms."""
    ready.method.load_extra({"replay": list(range(len(ready.batches.pool)))})
    update(ready, number)


def bare(ready: Training, number: int) -> None:  # noqa: ARG001
    """The passes of such a step over noise of its sizes: no reading, no losses, no update."""
    method, schedule = ready.method, ready.spec.recipe.schedule
    size = ready.batches.pool.crop()
    unlabelled = torch.zeros(schedule.unlabelled_batch, 3, *size, device=ready.batches.device)
    with torch.no_grad():
        for _ in range(2):
            method.modules()["teacher"](unlabelled)
    count = schedule.labelled_batch + 2 * schedule.unlabelled_batch
    images = torch.rand(count, 3, *size, device=ready.batches.device)
    method.student(images).mean().backward()
    ready.optimiser.zero_grad(set_to_none=True)


if __name__ == "__main__":
    main([figures], __doc__)
