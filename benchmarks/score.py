"""Scoring over the bare forward pass of the same network.

The floor is the trained network as it is, in inference mode, an image at a time, on images that
are decoded and shrunk already. Scoring reads them, folds the norms into the convolutions, passes
a few images at once, and does all that comes after. Both go through the pool with a thread a core.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from benchmarks import Figure, main
from benchmarks.learner import paired, pictures, settings, training
from ml import parallel
from ml.nets.fused import fused
from ml.predict import Predictor
from ml.ranges import in_range
from ml.score import judged_of
from ml.scorers import Look
from ml.spec import ImageItem, ScoreSpec

POOL = 24


def figures(*, quick: bool) -> list[Figure]:
    rounds = 1 if quick else 7
    with pictures(POOL) as pool:
        return [_figure(pool, name, rounds) for name in settings(quick=quick)]


def _figure(pool: list[ImageItem], name: str, rounds: int) -> Figure:
    predictor = _predictor(pool, name)
    pixels = predictor.read(pool).pixels
    tensors = [in_range(torch.from_numpy(each)[None]).to(predictor.device) for each in pixels]

    @torch.inference_mode()
    def forward(tensor: torch.Tensor) -> torch.Tensor:
        return predictor.network(tensor)

    def bare(_: int) -> None:
        for logits in parallel.each(tensors, forward):
            assert logits.isfinite().all()

    scored, floor = paired(_scoring(predictor, pool), bare, rounds)
    return Figure(f"scoring ({name})", POOL / scored, "images/s", "bare forward", POOL / floor)


def over_its_part(pool: list[ImageItem], name: str, parts: int, seconds: float) -> Figure:
    """Images a second of the whole pool over those of a part of it: 1 where cost is linear."""
    predictor, count = _predictor(pool, name), len(pool)
    part = pool[: count // parts]
    whole, some = paired(_scoring(predictor, pool), _scoring(predictor, part), seconds)
    return Figure(
        f"scoring {count} images",
        count / whole,
        "images/s",
        f"{len(part)} images",
        len(part) / some,
    )


def _predictor(pool: list[ImageItem], name: str) -> Predictor:
    ready = training(pool, name)
    network, classes = ready.method.predictor().eval(), len(ready.spec.classes)
    return Predictor(network, ready.spec.recipe, classes, ready.batches.device)


def _scoring(predictor: Predictor, pool: list[ImageItem]) -> Callable[[int], None]:
    blank = [item.model_copy(update={"mask_path": None}) for item in pool]
    spec = ScoreSpec(model="unused", images=blank, cell_px=20)
    look = Look(replace(predictor, network=fused(predictor.network)))

    def score(_: int) -> None:
        groups = predictor.groups(blank)
        for found in parallel.each(groups, lambda items: judged_of(look, items, spec)):
            assert all(np.isfinite(judged.scores).all() for judged in found)

    return score


if __name__ == "__main__":
    main([figures], __doc__)
