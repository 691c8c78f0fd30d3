"""The score stage: how much each open cell of each image is worth labelling."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.numpy import save

from ml import parallel
from ml.child import Child
from ml.files import write_bytes, write_json
from ml.images import read_labels, read_rgb
from ml.predict import Predictor, load, other_of
from ml.scorers import NEED_BOTH, NEED_SHARES, SCORERS, Look, Open, shares_of
from ml.spec import ImageItem, ScoreSpec
from ml.tensors import ClassMeans, ClassWeights
from ml.types import NOT_ASKED, CellScores

Made = TypeVar("Made")


def score(spec: ScoreSpec, child: Child) -> None:
    """Writes `scores.safetensors` and `scores.json` (how the scores were made)."""
    work = _Work(spec, child)
    look = work.look()
    found = work.through(lambda item: one(look, item, spec))
    scores = {item.id: cells for item, cells in zip(spec.images, found, strict=True)}
    write_bytes(Path("out/scores.safetensors"), save(scores))
    opened = sum(int((cells >= 0).sum()) for cells in scores.values())
    card = {
        "acquisition": spec.acquisition,
        "network": spec.network,
        "cell_px": spec.cell_px,
        "open_cells": opened,
    }
    write_json(Path("out/scores.json"), card)


class _Work:
    """One scoring of a pool; counts the passes over images for the progress."""

    def __init__(self, spec: ScoreSpec, child: Child) -> None:
        self.spec, self.child, self.done = spec, child, 0
        self.passes = 1 + (spec.acquisition in NEED_SHARES)

    def look(self) -> Look:
        spec = self.spec
        network = load(spec.model, spec.network)
        other = other_of(spec.model, spec.network) if spec.acquisition in NEED_BOTH else None
        shares = self._shares(network) if spec.acquisition in NEED_SHARES else None
        return Look(network, other, shares)

    def through(self, work: Callable[[ImageItem], Made]) -> Iterator[Made]:
        """`work` of every image, in their order, with progress."""
        for made in parallel.each(self.spec.images, work):
            self.done += 1
            self.child.images_done(self.done, self.passes * len(self.spec.images))
            yield made

    def _shares(self, network: Predictor) -> ClassWeights:
        total = torch.zeros(network.classes, dtype=torch.float64)
        for mean in self.through(lambda item: mean_probabilities(network, item)):
            total += mean
        return shares_of(total).to(network.device)


def one(look: Look, item: ImageItem, spec: ScoreSpec) -> CellScores:
    opened = read_labels(item, look.network.classes) == NOT_ASKED
    return SCORERS[spec.acquisition](look, read_rgb(item), Open(opened, spec.cell_px))


def mean_probabilities(network: Predictor, item: ImageItem) -> ClassMeans:
    return network.probabilities(read_rgb(item)).mean(dim=(1, 2)).double().cpu()


if __name__ == "__main__":
    from ml.commands import score_main

    sys.exit(score_main())
