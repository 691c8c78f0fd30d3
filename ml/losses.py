"""Losses over the pixels that count; every mean says over what, and nothing is ever NaN."""

import numpy as np
import torch
from torch.nn import functional

from ml.tensors import ClassWeights, Flags, Labels, Logits, Scalar, Weights
from ml.types import NOT_ASKED, VOID


def supervised(logits: Logits, labels: Labels, weights: ClassWeights | None = None) -> Scalar:
    """Cross-entropy, mean over the pixels labelled with a class; zero with a graph if none is."""
    known = labels < NOT_ASKED
    total = functional.cross_entropy(
        logits, labels.where(known, VOID), weights, ignore_index=VOID, reduction="sum"
    )
    return total / known.sum().clamp(min=1)


def class_weights(frequency: np.ndarray, balance: float) -> ClassWeights | None:
    """f_c^-balance, scaled so that the labelled pixels weigh 1 on average; None for balance 0.

    A class without labels weighs nothing: no pixel can ask for it.
    """
    if balance == 0:
        return None
    raw = np.where(frequency > 0, np.maximum(frequency, 1e-12) ** -balance, 0)
    return torch.from_numpy(raw / (raw * frequency).sum()).float()


def trust(confidence: Weights, valid: Flags, threshold: float) -> Weights:
    """S4AL's weight eta * p per pixel (Rangnekar et al. 2022, eq. 3).

    eta is the share of an image's valid pixels with p >= threshold; invalid pixels weigh 0.
    """
    sure = ((confidence >= threshold) & valid).sum(dim=(1, 2))
    eta = sure / valid.sum(dim=(1, 2)).clamp(min=1)
    return eta[:, None, None] * confidence * valid


def pseudo(logits: Logits, labels: Labels, weights: Weights, valid: Flags) -> Scalar:
    """Weighted cross-entropy, mean over the valid pixels of the batch."""
    per_pixel = functional.cross_entropy(
        logits, labels.where(valid, VOID), ignore_index=VOID, reduction="none"
    )
    return (per_pixel * weights).sum() / valid.sum().clamp(min=1)
