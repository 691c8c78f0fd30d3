"""The score stage: how much each open cell of each image is worth labelling."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.numpy import save

from ml import contradictions, facts, parallel
from ml.child import Child
from ml.errors import Failure
from ml.files import write_bytes, write_json
from ml.images import read_labels
from ml.judging import Judged, judge
from ml.pooling import Cells
from ml.predict import Predictor, load, other_of
from ml.scorers import NEED_SHARES, Look, shares_of
from ml.spec import ImageItem, ScoreSpec
from ml.strategy import NEED_BOTH
from ml.tensors import ClassMeans, ClassWeights
from ml.types import NOT_ASKED

Made = TypeVar("Made")


def score(spec: ScoreSpec, child: Child) -> None:
    """Writes `scores.safetensors`, `cells.safetensors` (see `ml.facts`), `scores.json` (how the
    scores were made) and `contradictions.json` (labelled regions where the model is sure of
    another class). Raises Failure `bad_spec` for a model that the acquisition cannot use."""
    work = _Work(spec, child)
    look = work.look()
    found = work.through(look.network, lambda items: judged_of(look, items, spec))
    judged = {item.id: each for item, each in zip(spec.images, found, strict=True)}
    scores = {name: each.scores for name, each in judged.items()}
    write_bytes(Path("out/scores.safetensors"), save(scores))
    write_json(Path("out/contradictions.json"), told_of(spec, judged, look.network.classes))
    packed = facts.pack({name: each.facts for name, each in judged.items()})
    write_bytes(Path("out/cells.safetensors"), packed)
    card = {
        "acquisition": spec.acquisition,
        "network": spec.network,
        "cell_px": spec.cell_px,
        "open_cells": sum(int((cells >= 0).sum()) for cells in scores.values()),
    }
    write_json(Path("out/scores.json"), card)


class _Work:
    """One scoring of a pool; counts the passes over images for the progress."""

    def __init__(self, spec: ScoreSpec, child: Child) -> None:
        self.spec, self.child, self.done = spec, child, 0
        self.passes = 1 + (spec.acquisition in NEED_SHARES)

    def look(self) -> Look:
        network = self._asked(load(self.spec.model, self.spec.network))
        other = self._other() if self.spec.acquisition in NEED_BOTH else None
        shares = self._shares(network) if self.spec.acquisition in NEED_SHARES else None
        return Look(network, other, shares)

    def _other(self) -> Predictor:
        other = other_of(self.spec.model, self.spec.network)
        if other is None:
            raise Failure(
                "bad_spec",
                f"{self.spec.acquisition} compares a teacher with its student, and the model "
                f"{self.spec.model} has one network; score by entropy, or train by a method with "
                "a teacher",
            )
        return self._asked(other)

    def _asked(self, network: Predictor) -> Predictor:
        how = self.spec.prediction
        if how is None:
            return network
        return replace(network, recipe=network.recipe.model_copy(update={"prediction": how}))

    def through(
        self, network: Predictor, work: Callable[[Sequence[ImageItem]], list[Made]]
    ) -> Iterator[Made]:
        """`work` of every image, in their order, with progress."""
        for made in parallel.each(network.groups(self.spec.images), work):
            self.done += len(made)
            self.child.images_done(self.done, self.passes * len(self.spec.images))
            yield from made

    def _shares(self, network: Predictor) -> ClassWeights:
        total = torch.zeros(network.classes, dtype=torch.float64)
        for mean in self.through(network, lambda items: mean_probabilities(network, items)):
            total += mean
        return shares_of(total).to(network.device)


def judged_of(look: Look, items: Sequence[ImageItem], spec: ScoreSpec) -> list[Judged]:
    """Of images of one size."""
    labels = [read_labels(item, look.network.classes) for item in items]
    cells = [Cells(each == NOT_ASKED, spec.cell_px, look.network.device) for each in labels]
    given = list(zip(labels, cells, strict=True))
    return list(judge(look, look.network.read(items), given, spec.acquisition))


def told_of(spec: ScoreSpec, judged: Mapping[str, Judged], classes: int) -> dict[str, Any]:
    """By image: the labelled regions that are contradicted, as boxes with their share."""
    found = {
        item.id: contradictions.of_patches(
            item.patches, read_labels(item, classes), judged[item.id].wrong, classes
        )
        for item in spec.images
        if item.patches
    }
    return {name: regions for name, regions in found.items() if regions}


def mean_probabilities(network: Predictor, items: Sequence[ImageItem]) -> list[ClassMeans]:
    """Over each whole image, all of one size."""
    pictures = network.read(items)
    sums = (
        torch.stack([probs.sum(dim=(1, 2)).double() for _, probs in strips]).sum(dim=0)
        for strips in network.strips(pictures)
    )
    return [each.cpu() / (pictures.size[0] * pictures.size[1]) for each in sums]


if __name__ == "__main__":
    from ml.commands.stages import score_main

    sys.exit(score_main())
