"""Losses over the pixels that count; every mean says over what, and nothing is ever NaN."""

import math
from collections.abc import Callable

import numpy as np
import torch

from ml.cross_entropy import cross_entropy
from ml.options import Consistency, Mean, Weighting
from ml.recipe import HardPixels
from ml.tensors import ClassWeights, Flags, Labels, Logits, Scalar, Softmax, Weights
from ml.types import NOT_ASKED


def supervised(
    logits: Logits,
    labels: Labels,
    weights: ClassWeights | None = None,
    hard: HardPixels | None = None,
) -> Scalar:
    """Cross-entropy, mean over the pixels labelled with a class, or over the hard ones of them;
    zero with a graph if none is."""
    known = labels < NOT_ASKED
    if hard is not None:
        known = hard_pixels(logits, labels, known, hard)
    each = cross_entropy(logits, labels, known)
    if weights is not None:
        each = each * weights[labels.where(known, 0)]
    return each.sum() / known.sum().clamp(min=1)


@torch.no_grad()
def hard_pixels(logits: Logits, labels: Labels, known: Flags, settings: HardPixels) -> Flags:
    """Which of the known pixels to learn from; the least share is of all images together."""
    wanted = labels.where(known, 0)[:, None]
    p = logits.softmax(dim=1).gather(1, wanted)[:, 0]
    least = math.ceil(settings.least * int(known.sum()))
    if least == 0:
        return known & (p < settings.threshold)
    hardest = p[known].kthvalue(least).values
    return known & ((p < settings.threshold) | (p <= hardest))


def class_weights(frequency: np.ndarray, balance: float) -> ClassWeights | None:
    """f_c^-balance, scaled so that the labelled pixels weigh 1 on average; None for balance 0.

    A class without labels weighs nothing: no pixel can ask for it.
    """
    if balance == 0:
        return None
    raw = np.where(frequency > 0, np.maximum(frequency, 1e-12) ** -balance, 0)
    return torch.from_numpy(raw / (raw * frequency).sum()).float()


def share_of_sure(
    confidence: Weights, valid: Flags, threshold: float, weighting: Weighting
) -> Weights:
    """What each pseudo-label counts, 0..1; invalid pixels count 0.

    `image` and `batch`: the share of valid pixels with p >= threshold, of the image or of all of
    them; `pixel`: 1 where p >= threshold (Olsson et al. 2021, and its released code).
    """
    sure = (confidence >= threshold) & valid
    if weighting == "pixel":
        return sure.to(confidence.dtype)
    over = (1, 2) if weighting == "image" else (0, 1, 2)
    share = sure.sum(dim=over, keepdim=True) / valid.sum(dim=over, keepdim=True).clamp(min=1)
    return share * valid


def trust(confidence: Weights, valid: Flags, threshold: float) -> Weights:
    """S4AL's weight eta * p per pixel (Rangnekar et al. 2022, eq. 3).

    eta is the share of an image's valid pixels with p >= threshold; invalid pixels weigh 0.
    """
    return share_of_sure(confidence, valid, threshold, "image") * confidence


def mean_over(weights: Weights, valid: Flags) -> float:
    """The mean weight of a valid pixel."""
    return float(weights.sum() / valid.sum().clamp(min=1))


def pseudo(
    logits: Logits, labels: Labels, weights: Weights, valid: Flags, *, mean: Mean = "valid"
) -> Scalar:
    """Weighted cross-entropy, mean over the valid pixels of the batch, or over those of them
    whose cross-entropy is positive."""
    per_pixel = cross_entropy(logits, labels, valid)
    over = valid & (per_pixel > 0) if mean == "positive" else valid
    return _over(per_pixel * weights, over)


def squared_difference(logits: Logits, wanted: Softmax, valid: Flags) -> Scalar:
    """Squared difference of softmaxes, summed over classes, mean over the valid pixels."""
    return _over((logits.softmax(dim=1) - wanted).square().sum(dim=1), valid)


def divergence(logits: Logits, wanted: Softmax, valid: Flags) -> Scalar:
    """KL(wanted || softmax of the logits) in nats, mean over the valid pixels."""
    each = torch.xlogy(wanted, wanted) - wanted * logits.log_softmax(dim=1)
    return _over(each.sum(dim=1), valid)


def jensen_shannon(logits: Logits, wanted: Softmax, valid: Flags) -> Scalar:
    """(KL(p || m) + KL(q || m)) / 2 with m = (p + q) / 2, in nats, mean over the valid pixels."""
    found = logits.softmax(dim=1)
    middle = ((found + wanted) / 2).clamp(min=torch.finfo(found.dtype).tiny).log()
    own = found * logits.log_softmax(dim=1)
    each = own + torch.xlogy(wanted, wanted) - (found + wanted) * middle
    return _over(each.sum(dim=1) / 2, valid)


def _over(per_pixel: Weights, valid: Flags) -> Scalar:
    return (per_pixel * valid).sum() / valid.sum().clamp(min=1)


CONSISTENCY: dict[Consistency, Callable[[Logits, Softmax, Flags], Scalar]] = {
    "squared_difference": squared_difference,
    "divergence": divergence,
    "jensen_shannon": jensen_shannon,
}
