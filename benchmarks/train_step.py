"""A step of S4AL over the bare passes of its networks on the same images.

The floor is what no implementation can save: the student forward and backward over labelled,
mixed and replayed images, the teacher forward over the two unlabelled batches. What is above it is
reading, mixing, losses, the optimiser and the average.
"""

import torch

from benchmarks import Figure, main
from benchmarks.learner import paired, pictures, settings, training
from ml.data import Batch
from ml.trainer import update
from ml.training import Training


def figures(*, quick: bool) -> list[Figure]:
    seconds = 5 if quick else 40
    with pictures(16) as pool:
        return [measured(training(pool, n), n, seconds) for n in settings(quick=quick)]


def measured(ready: Training, name: str, seconds: float) -> Figure:
    batch = full_batch(ready)
    taken, floor = paired(lambda t: update(ready, t), lambda _: bare(ready, batch), seconds)
    return Figure(f"S4AL step ({name})", taken * 1e3, "ms", "bare passes", floor * 1e3)


def full_batch(ready: Training) -> Batch:
    count = ready.spec.recipe.schedule.unlabelled_batch
    return ready.batches.at(0, unlabelled=True, replay=range(count))


def bare(ready: Training, batch: Batch) -> None:
    """The passes of a step with all terms: no reading, no losses, no update."""
    networks = ready.method.modules()
    assert batch.unlabelled
    assert batch.replay
    with torch.no_grad():
        for views in (batch.unlabelled, batch.replay):
            networks["teacher"](views.images)
    images = [views.images for views in (batch.labelled, batch.unlabelled, batch.replay)]
    networks["student"](torch.cat(images)).mean().backward()
    ready.optimiser.zero_grad(set_to_none=True)


if __name__ == "__main__":
    main([figures], __doc__)
