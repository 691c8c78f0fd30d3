"""The score stage: how much each open cell of each image is worth labelling."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.numpy import save

from ml import contradictions, facts, parallel
from ml.child import Child
from ml.errors import Failure
from ml.facts import Facts
from ml.files import write_bytes, write_json
from ml.images import read_labels
from ml.judging import Judged, judge
from ml.pooling import Cells
from ml.predict import Predictor, load, other_of
from ml.scorers import Look, counted, shares_of
from ml.spec import ImageItem, ScoreSpec, SurveySpec
from ml.strategy import NEED_BOTH, NEED_SHARES
from ml.tensors import ClassCounts, ClassMeans, ClassWeights
from ml.types import NOT_ASKED, CellScores

Made = TypeVar("Made")


def score(spec: ScoreSpec, child: Child) -> None:
    """Writes `scores.safetensors`, `cells.safetensors` (see `ml.facts`), `scores.json` (how the
    scores were made) and `contradictions.json` (labelled regions where the model is sure of
    another class). Raises Failure `bad_spec` for a model that the acquisition cannot use."""
    work = _Work(spec, child)
    look = work.look()
    found = work.through(look.network, lambda items: judged_of(look, items, spec))
    scores: dict[str, CellScores] = {}
    expected: dict[str, Facts] = {}
    told: dict[str, Any] = {}
    # Maps of pixels are not kept: a pool of them is more than memory holds.
    for item, each in zip(spec.images, found, strict=True):
        scores[item.id], expected[item.id] = each.scores, each.facts
        if regions := told_of(item, each, look.network.classes):
            told[item.id] = regions
    write_bytes(Path("out/scores.safetensors"), save(scores))
    write_json(Path("out/contradictions.json"), told)
    write_bytes(Path("out/cells.safetensors"), facts.pack(expected))
    card = {
        "acquisition": spec.acquisition,
        "network": spec.network,
        "cell_px": spec.cell_px,
        "open_cells": sum(int((cells >= 0).sum()) for cells in scores.values()),
    }
    write_json(Path("out/scores.json"), card)


def survey(spec: SurveySpec, child: Child) -> None:
    """Writes `shares.json`: what a scoring in parts has to know of the whole pool first."""
    write_json(Path("out/shares.json"), {"counts": _Pass(spec, child).counts().tolist()})


class _Pass:
    """Goes through images; counts them for the progress."""

    def __init__(self, spec: ScoreSpec | SurveySpec, child: Child, *, passes: int = 1) -> None:
        self.spec, self.child, self.done = spec, child, 0
        self.passes = passes
        self.network = self.asked(load(spec.model, spec.network))

    def asked(self, network: Predictor) -> Predictor:
        how = self.spec.prediction
        if how is None:
            return network
        return replace(network, recipe=network.recipe.model_copy(update={"prediction": how}))

    def through(
        self, network: Predictor, work: Callable[[Sequence[ImageItem]], list[Made]]
    ) -> Iterator[Made]:
        """`work` of every image, in their order, with progress."""
        groups = [group for block in blocks_of(self.spec) for group in network.groups(block)]
        for made in parallel.each(groups, work):
            self.done += len(made)
            self.child.images_done(self.done, self.passes * len(self.spec.images))
            yield from made

    def counts(self) -> ClassCounts:
        total = torch.zeros(self.network.classes, dtype=torch.int64)
        for mean in self.through(self.network, partial(mean_probabilities, self.network)):
            total += counted(mean)
        return total


def blocks_of(spec: ScoreSpec | SurveySpec) -> Iterator[Sequence[ImageItem]]:
    """The images that may share passes; all of them unless the spec says otherwise."""
    first = 0
    for length in spec.blocks or [len(spec.images)]:
        yield spec.images[first : first + length]
        first += length


class _Work(_Pass):
    """One scoring of a pool, or of a part of it."""

    def __init__(self, spec: ScoreSpec, child: Child) -> None:
        self.asks = spec.acquisition
        self.known = spec.shares
        twice = self.asks in NEED_SHARES and self.known is None
        super().__init__(spec, child, passes=1 + twice)

    def look(self) -> Look:
        other = self._other() if self.asks in NEED_BOTH else None
        shares = self._shares() if self.asks in NEED_SHARES else None
        return Look(self.network, other, shares)

    def _other(self) -> Predictor:
        other = other_of(self.spec.model, self.spec.network)
        if other is None:
            raise Failure(
                "bad_spec",
                f"{self.asks} compares a teacher with its student, and the model "
                f"{self.spec.model} has one network; score by entropy, or train by a method with "
                "a teacher",
            )
        return self.asked(other)

    def _shares(self) -> ClassWeights:
        total = self.counts() if self.known is None else torch.tensor(self.known)
        return shares_of(total).to(self.network.device)


def judged_of(look: Look, items: Sequence[ImageItem], spec: ScoreSpec) -> list[Judged]:
    """Of images of one size."""
    labels = [read_labels(item, look.network.classes) for item in items]
    cells = [Cells(each == NOT_ASKED, spec.cell_px, look.network.device) for each in labels]
    given = list(zip(labels, cells, strict=True))
    return list(judge(look, look.network.read(items), given, spec.acquisition))


def told_of(item: ImageItem, judged: Judged, classes: int) -> list[dict[str, int | float]]:
    """The labelled regions of an image that are contradicted, as boxes with their share."""
    if not item.patches:
        return []
    labels = read_labels(item, classes)
    return contradictions.of_patches(item.patches, labels, judged.wrong, classes)


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
