"""A step of S4AL as its authors' code goes about it, over ours, reading included.

Same network, optimiser, images and batches, in one process, in turns. The pool is read through
each one's own loader; both find the files in the system's memory. The authors' tensors are channels
first, as torch has them; a second figure has them as ours are, so that it tells of the rest alone.
"""

import copy

import torch
from torch import nn

from benchmarks import Figure, main
from benchmarks.learner import paired, pictures, training
from benchmarks.published import Published, Reader
from ml import optimisers
from ml.nets.segmenter import start
from ml.trainer import update
from ml.training import Training

WHOLE = {"scale": 1.0}
"""The authors' images have the size of the network's already."""
SETTINGS = {"s4al-cpu": "s4al-cpu, 120x80", "s4al": "s4al, 240x160"}


def figures(*, quick: bool) -> list[Figure]:
    asked = list(SETTINGS)[:1] if quick else list(SETTINGS)
    with pictures(16) as pool:
        return [
            _figure(training(pool, SETTINGS[name], WHOLE), name, 6 if quick else 60, first=first)
            for name in asked
            for first in (True, False)
        ]


def _figure(ready: Training, name: str, seconds: float, *, first: bool) -> Figure:
    theirs = published(ready, channels_first=first)
    taken, ours = paired(theirs.step, lambda t: update(ready, t), seconds)
    layout = "channels first" if first else "channels last"
    what = f"the authors' way ({name}, 240x160, {layout})"
    return Figure(what, taken * 1e3, "ms", "our step", ours * 1e3)


def published(ready: Training, *, channels_first: bool = True) -> Published:
    """On the pool of a training, with a network like its own."""
    spec = ready.spec
    student = start(spec.recipe.network, len(spec.classes), spec.seed).train()
    teacher = copy.deepcopy(student).requires_grad_(requires_grad=False)
    if channels_first:
        for network in (student, teacher):
            network.to(memory_format=torch.contiguous_format)
            network.encoder.register_forward_pre_hook(_channels_first)
    optimiser = optimisers.build(student.parameters(), spec.recipe.schedule)
    reader = Reader(spec.pool, spec.seed)
    return Published((student, teacher), optimiser, reader, spec.recipe.schedule, len(spec.classes))


def _channels_first(_: nn.Module, given: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
    return (given[0].contiguous(),)


if __name__ == "__main__":
    main([figures], __doc__)
