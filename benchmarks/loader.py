"""How long training steps wait for their batches, of the whole time."""

import time

from benchmarks import Figure, main
from benchmarks.learner import WARM_UPS, pictures, settings, synchronise, training
from ml.trainer import update
from ml.training import Training


def figures(*, quick: bool) -> list[Figure]:
    with pictures(16) as pool:
        return [_figure(training(pool, n), n, 5 if quick else 30) for n in settings(quick=quick)]


def _figure(ready: Training, name: str, seconds: float) -> Figure:
    for t in range(WARM_UPS):
        update(ready, t)
    ready.loader.waited, t = 0.0, WARM_UPS
    started = time.perf_counter()
    while time.perf_counter() - started < seconds or t < WARM_UPS + 3:
        update(ready, t)
        t += 1
    synchronise()
    steps = t - WARM_UPS
    whole, waited = time.perf_counter() - started, ready.loader.waited
    part, step = waited / steps * 1e3, whole / steps * 1e3
    return Figure(f"waiting for a batch ({name})", part, "ms", "the whole step", step)


if __name__ == "__main__":
    main([figures], __doc__)
