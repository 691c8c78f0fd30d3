"""The evaluate stage: confusion matrices of a model over splits, at the images' own size."""

import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ml import parallel
from ml.child import Child
from ml.classify import MASKS, png
from ml.facts import MASKS_KEPT
from ml.files import write_bytes, write_json
from ml.images import read_labels
from ml.metrics import confusion
from ml.predict import Predictor, load
from ml.spec import EvaluateSpec, ImageItem
from ml.types import Confusion


def evaluate(spec: EvaluateSpec, child: Child) -> None:
    """Writes `evaluation.json`, `images.json` (by image id what was taken for what, as
    [truth, predicted, pixels]) and, of the first MASKS_KEPT images of a split, `masks/ID.png`."""
    predictor = load(spec.model)
    total, done = sum(map(len, spec.splits.values())), 0
    report: dict[str, Any] = {}
    images: dict[str, Any] = {}
    for split, items in spec.splits.items():
        counts, kept = _nothing(predictor), {item.id for item in items[:MASKS_KEPT]}
        for judged in _judged(predictor, items, kept):
            counts += sum(judged.values(), _nothing(predictor))
            images |= {name: _sparse(each) for name, each in judged.items()}
            done += len(judged)
            child.images_done(done, total)
        report[split] = {"confusion": counts.tolist(), "images": len(items)}
    write_json(Path("out/images.json"), images)
    write_json(Path("out/evaluation.json"), report)


def _judged(
    predictor: Predictor, items: Sequence[ImageItem], kept: Collection[str]
) -> Iterator[dict[str, Confusion]]:
    """Counts by image, some images at a time; the masks of those `kept` are written."""

    def judge(some: Sequence[ImageItem]) -> dict[str, Confusion]:
        found = {}
        seen = predictor.classify(predictor.read(some))
        for item, (predicted, _) in zip(some, seen, strict=True):
            truth = read_labels(item, predictor.classes)
            found[item.id] = confusion(truth, predicted, predictor.classes)
            if item.id in kept:
                write_bytes(MASKS / f"{item.id}.png", png(predicted))
        return found

    return parallel.each(predictor.groups(items), judge)


def _sparse(counts: Confusion) -> list[list[int]]:
    return [[int(i), int(j), int(counts[i, j])] for i, j in np.argwhere(counts)]


def confusion_over(predictor: Predictor, items: Sequence[ImageItem]) -> Confusion:
    return sum((found for found, _ in _counted(predictor, items)), _nothing(predictor))


def _counted(predictor: Predictor, items: Sequence[ImageItem]) -> Iterator[tuple[Confusion, int]]:
    """The counts of some images at a time, and how many these are."""
    groups = predictor.groups(items)
    found = parallel.each(groups, lambda some: _confusion_of(predictor, some))
    return zip(found, map(len, groups), strict=True)


def _confusion_of(predictor: Predictor, items: Sequence[ImageItem]) -> Confusion:
    """Of images of one size."""
    counts = _nothing(predictor)
    seen = predictor.classify(predictor.read(items))
    for item, (predicted, _) in zip(items, seen, strict=True):
        counts += confusion(read_labels(item, predictor.classes), predicted, predictor.classes)
    return counts


def _nothing(predictor: Predictor) -> Confusion:
    return np.zeros((predictor.classes, predictor.classes), dtype=np.int64)


if __name__ == "__main__":
    from ml.commands.stages import evaluate_main

    sys.exit(evaluate_main())
