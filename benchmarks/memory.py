"""Peak memory of S4AL steps over that of the bare passes, each in a process of its own."""

import json
import resource
import subprocess
import sys

import torch

from benchmarks import Figure, main
from benchmarks.learner import pictures, settings, training
from benchmarks.train_step import bare, full_batch
from ml.trainer import update

STEPS = 3
"""The optimiser's memory is there after the first."""


def figures(*, quick: bool) -> list[Figure]:
    return [_figure(name) for name in settings(quick=quick)]


def _figure(name: str) -> Figure:
    peak, floor = (_measured(name, what) for what in ("step", "bare"))
    return Figure(f"peak memory ({name})", peak, "MiB", "bare passes", floor)


def _measured(name: str, what: str) -> float:
    code = f"from benchmarks.memory import peak; peak({name!r}, {what!r})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def peak(name: str, what: str) -> None:
    """Prints the peak of this process in MiB, or the device's where there is one."""
    with pictures(16) as pool:
        ready = training(pool, name)
        batch = full_batch(ready)
        for t in range(STEPS):
            update(ready, t) if what == "step" else bare(ready, batch)
    sys.stdout.write(json.dumps(_peak_mib()) + "\n")


def _peak_mib() -> float:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main([figures], __doc__)
