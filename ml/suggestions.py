"""What a model thinks of one region: classes, confidence, and its two most probable classes."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32

from ml.tensors import Probs
from ml.types import Mask

TOP = 2


class Suggestion(NamedTuple):
    """`top` holds values and mean probabilities, the most probable first."""

    classes: Mask
    confidence: Float32[np.ndarray, "h w"]
    top: list[dict[str, Any]]


def of(probs: Probs) -> Suggestion:
    """From the softmax over a region's pixels."""
    confidence, classes = probs.max(dim=0)
    shares = probs.mean(dim=(1, 2)).cpu().numpy()
    best = np.argsort(-shares, kind="stable")[:TOP]
    top = [{"value": int(value), "share": round(float(shares[value]), 4)} for value in best]
    return Suggestion(classes.cpu().numpy().astype(np.uint8), confidence.cpu().numpy(), top)
