"""Quality from a confusion matrix: rows are truth, columns prediction, pixels are counted.

IoU of a class = hits / (truth + predicted - hits), all classes alike (no class is left out).
"""

import numpy as np

from ml.types import Confusion, Mask


def confusion(truth: Mask, predicted: Mask, classes: int) -> Confusion:
    """Counts over the pixels whose truth is a class; not-asked and void pixels cost nothing."""
    known = truth < classes
    pairs = truth[known].astype(np.int64) * classes + predicted[known]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def iou_per_class(counts: Confusion) -> list[float | None]:
    """In 0..1; None for a class that is absent from both truth and prediction."""
    hits = np.diagonal(counts)
    union = counts.sum(axis=0) + counts.sum(axis=1) - hits
    return [float(h / u) if u else None for h, u in zip(hits, union, strict=True)]


def miou(counts: Confusion) -> float | None:
    """Mean IoU over the classes that occur; None when nothing was counted."""
    present = [iou for iou in iou_per_class(counts) if iou is not None]
    return sum(present) / len(present) if present else None


def pixel_accuracy(counts: Confusion) -> float | None:
    total = int(counts.sum())
    return float(np.trace(counts) / total) if total else None
