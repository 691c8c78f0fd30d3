"""Images scored by entropy, over the bare forward pass of the same network, in images a second."""

import statistics
import time

import numpy as np
import torch

from benchmarks import Figure, main
from benchmarks.learner import SETTINGS, pictures, training
from ml import parallel
from ml.images import read_rgb
from ml.predict import Predictor
from ml.resize import normalised, scaled
from ml.score import one
from ml.scorers import Look
from ml.spec import ImageItem, ScoreSpec


def figures(*, quick: bool) -> list[Figure]:
    rounds = 3 if quick else 9
    with pictures(24) as pool:
        return [_figure(pool, name, rounds) for name in SETTINGS]


def _figure(pool: list[ImageItem], name: str, rounds: int) -> Figure:
    ready = training(pool, name)
    recipe, classes = ready.spec.recipe, len(ready.spec.classes)
    network = ready.method.predictor().eval()
    predictor = Predictor(network, recipe.scale, classes, ready.batches.device)
    blank = [item.model_copy(update={"mask_path": None}) for item in pool]
    spec = ScoreSpec(model="unused", images=blank, cell_px=20)
    look = Look(predictor)
    tensors = [
        normalised(scaled(read_rgb(item), recipe.scale)).to(predictor.device) for item in pool
    ]

    @torch.inference_mode()
    def bare() -> None:
        for tensor in tensors:
            network(tensor[None])

    def score() -> None:
        for cells in parallel.each(blank, lambda item: one(look, item, spec)):
            assert np.isfinite(cells).all()

    times = [(_seconds(score), _seconds(bare)) for _ in range(rounds + 1)][1:]
    scored, floor = (len(pool) / statistics.median(each) for each in zip(*times, strict=True))
    return Figure(f"scoring ({name})", scored, "images/s", "bare forward", floor)


def _seconds(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main([figures], __doc__)
