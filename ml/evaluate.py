"""The evaluate stage: confusion matrices of a model over splits, at the images' own size."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ml import parallel
from ml.child import Child
from ml.files import write_json
from ml.images import read_labels
from ml.metrics import confusion
from ml.predict import Predictor, load
from ml.spec import EvaluateSpec, ImageItem
from ml.types import Confusion


def evaluate(spec: EvaluateSpec, child: Child) -> None:
    predictor = load(spec.model)
    total, done = sum(map(len, spec.splits.values())), 0
    report: dict[str, Any] = {}
    for split, items in spec.splits.items():
        counts = _nothing(predictor)
        for found, images in _counted(predictor, items):
            counts += found
            done += images
            child.images_done(done, total)
        report[split] = {"confusion": counts.tolist(), "images": len(items)}
    write_json(Path("out/evaluation.json"), report)


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
