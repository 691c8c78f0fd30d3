"""How long a training step waits for its batch: reading, cropping and stacking, of the whole."""

import time

from benchmarks import Figure, main
from benchmarks.learner import SETTINGS, pictures, synchronise, training
from ml.trainer import Training, update


def figures(*, quick: bool) -> list[Figure]:
    with pictures(16) as pool:
        return [_figure(training(pool, name), name, 5 if quick else 15) for name in SETTINGS]


def _figure(ready: Training, name: str, rounds: int) -> Figure:
    waited, whole = [], []
    for number in range(rounds + 2):
        ready.method.load_extra({"replay": list(range(len(ready.batches.pool)))})
        started = time.perf_counter()
        replay = ready.method.wants_replay(number)
        ready.batches.at(number, unlabelled=True, replay=replay)
        waited.append(time.perf_counter() - started)
        started = time.perf_counter()
        update(ready, number)
        synchronise()
        whole.append(time.perf_counter() - started)
    part, step = (sum(each[2:]) / rounds * 1e3 for each in (waited, whole))
    return Figure(f"waiting for a batch ({name})", part, "ms", "the whole step", step)


if __name__ == "__main__":
    main([figures], __doc__)
