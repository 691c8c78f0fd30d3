"""A step of S4AL over the bare passes of its networks on the same batches.

The floor is what no implementation can save: the student forward and backward over labelled,
mixed and replayed images, the teacher forward over the two unlabelled batches. What is above it is
reading, mixing, losses, the optimiser and the average.
"""

import torch

from benchmarks import Figure, main
from benchmarks.learner import SETTINGS, paired, pictures, training
from ml.data import Batch
from ml.trainer import Training, update


def figures(*, quick: bool) -> list[Figure]:
    with pictures(16) as pool:
        return [_figure(training(pool, name), name, 5 if quick else 15) for name in SETTINGS]


def _figure(ready: Training, name: str, rounds: int) -> Figure:
    batch = ready.batches.at(0, unlabelled=True, replay=[0, 1, 2, 3][: _unlabelled(ready)])
    keep = list(range(len(ready.batches.pool)))

    def step(number: int) -> None:
        ready.method.load_extra({"replay": keep})
        update(ready, number)

    taken, floor = paired(step, lambda _: _bare(ready, batch), rounds)
    return Figure(f"S4AL step ({name})", taken * 1e3, "ms", "bare passes", floor * 1e3)


def _unlabelled(ready: Training) -> int:
    return ready.spec.recipe.schedule.unlabelled_batch


def _bare(ready: Training, batch: Batch) -> None:
    assert batch.unlabelled
    assert batch.replay
    with torch.no_grad():
        for views in (batch.unlabelled, batch.replay):
            ready.method.modules()["teacher"](views.images)
    everything = [batch.labelled.images, batch.unlabelled.images, batch.replay.images]
    ready.method.student(torch.cat(everything)).mean().backward()
    ready.optimiser.zero_grad(set_to_none=True)


if __name__ == "__main__":
    main([figures], __doc__)
