"""The evaluate stage: confusion matrices of a model over splits, at the images' own size."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ml import parallel
from ml.child import Child
from ml.files import write_json
from ml.images import read_labels, read_rgb
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
        for found in parallel.each(items, lambda item: confusion_of(predictor, item)):
            counts += found
            done += 1
            child.images_done(done, total)
        report[split] = {"confusion": counts.tolist(), "images": len(items)}
    write_json(Path("out/evaluation.json"), report)


def confusion_over(predictor: Predictor, items: Sequence[ImageItem]) -> Confusion:
    found = parallel.each(items, lambda item: confusion_of(predictor, item))
    return sum(found, _nothing(predictor))


def confusion_of(predictor: Predictor, item: ImageItem) -> Confusion:
    predicted, _ = predictor.classify(read_rgb(item))
    return confusion(read_labels(item, predictor.classes), predicted, predictor.classes)


def _nothing(predictor: Predictor) -> Confusion:
    return np.zeros((predictor.classes, predictor.classes), dtype=np.int64)


if __name__ == "__main__":
    from ml.commands import evaluate_main

    sys.exit(evaluate_main())
