"""Images to the scores of their cells and what is expected of them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from ml import clicks
from ml.acquisition import best
from ml.contradictions import contradicted
from ml.facts import KEPT, Facts
from ml.pooling import Cells
from ml.predict import Pictures
from ml.scorers import NEED_MIX, SCORERS, Doubt, Look
from ml.strategy import Acquisition
from ml.tensors import CellMap, CellTable
from ml.types import CellScores, Mask, Pixels

AT_ONCE = 16
"""Classes multiplied at a time: as many maps are held."""


class Judged(NamedTuple):
    """`wrong` are the pixels where the model is sure of another class than the label."""

    scores: CellScores
    facts: Facts
    wrong: Pixels


def judge(
    look: Look,
    pictures: Pictures,
    given: Sequence[tuple[Mask, Cells]],
    acquisition: Acquisition,
) -> Iterator[Judged]:
    """Means over the open pixels of each cell, image by image; `given` are labels and cells."""
    for own, doubts in zip(given, SCORERS[acquisition](look, pictures), strict=True):
        tally = _Tally(*own, look.network.classes)
        for doubt in doubts:
            tally.add(doubt)
        yield tally.judged(mixed=acquisition in NEED_MIX)


class _Tally:
    def __init__(self, labels: Mask, cells: Cells, classes: int) -> None:
        self.labels, self.cells, self.classes = labels, cells, classes
        self.score = cells.zeros(1)
        self.probs, self.doubts = cells.zeros(classes), cells.zeros(classes)
        self.mix = cells.zeros(classes)
        self.predicted: list[np.ndarray] = []
        self.wrong: list[np.ndarray] = []

    def add(self, doubt: Doubt) -> None:
        top, add = doubt.top, self.cells.add
        pixels = doubt.pixels.clamp(min=0)
        add(self.score, pixels[None], top)
        add(self.probs, doubt.probs, top)
        for some in range(0, self.classes, AT_ONCE):
            add(self.doubts[some:][:AT_ONCE], doubt.probs[some:][:AT_ONCE] * pixels, top)
        predicted, confidence = (each.cpu().numpy() for each in best(doubt.probs))
        strip = self.labels[top : top + len(predicted)]
        self.predicted.append(predicted)
        self.wrong.append(contradicted(strip, predicted, confidence, self.classes))

    def judged(self, *, mixed: bool) -> Judged:
        predicted = np.concatenate(self.predicted)
        means = self.cells.means(self.score)[0]
        if mixed:
            means = means * self._impurity(predicted)
        facts = Facts(
            *_top_shares(self.cells.means(self.probs)),
            *_top_doubts(self.cells.means(self.doubts)),
            clicks.expected(predicted, self.cells.cell_px),
        )
        return Judged(self.cells.scores(means), facts, np.concatenate(self.wrong))

    def _impurity(self, predicted: np.ndarray) -> CellMap:
        """Entropy of the classes predicted in the cell, over ln(c)^2: times the mean entropy of
        its pixels in 0..1 (RIPU: Xie et al. 2022, with the cell as its window)."""
        given = torch.from_numpy(predicted).to(self.cells.device)
        for number in range(self.classes):
            self.cells.add(self.mix[number][None], (given == number).float()[None], 0)
        shares = self.cells.means(self.mix)
        return torch.special.entr(shares).sum(dim=0) / float(np.log(self.classes)) ** 2


def _top_shares(means: CellTable) -> tuple[np.ndarray, np.ndarray]:
    values, classes = means.cpu().topk(min(KEPT, len(means)), dim=0)
    levels = (values * 255).round().clamp(max=255).to(torch.uint8)
    return classes.to(torch.uint8).numpy(), levels.numpy()


def _top_doubts(means: CellTable) -> tuple[np.ndarray, np.ndarray]:
    values, classes = means.cpu().topk(min(KEPT, len(means)), dim=0)
    return classes.to(torch.uint8).numpy(), values.half().numpy()
