"""ClassMix (Olsson et al. 2021): paste the pixels of some classes of one image onto another.

Labels, confidences and validity are mixed with the same mask as the pixels, so no softmax map
is needed. Void and padding are no class: they are never chosen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ml.tensors import Flags, Images, Labels, Weights
from ml.types import VOID

HEAD_PICKS, TAIL_PICKS = 3, 2

Draw = Callable[[np.ndarray], np.ndarray]
"""From the classes present, sorted, to those to paste."""


@dataclass(frozen=True)
class Mixable:
    """Images with what is believed of each pixel; `valid` is false on void and padding."""

    images: Images
    labels: Labels
    confidence: Weights
    valid: Flags

    def roll(self) -> "Mixable":
        """Image i becomes image i+1: the ring partner."""
        return self._each(lambda x: x.roll(-1, dims=0))

    def flip(self, flags: np.ndarray) -> "Mixable":
        """Mirrors left and right where the flag says so."""
        chosen = torch.from_numpy(flags).to(self.images.device)
        return self._each(lambda x: torch.where(_like(chosen, x), x.flip(-1), x))

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Mixable":
        parts = (self.images, self.labels, self.confidence, self.valid)
        return Mixable(*(change(part) for part in parts))


def paste(mask: Flags, above: Mixable, below: Mixable) -> Mixable:
    """`above` where the mask is true, else `below`."""
    return Mixable(
        torch.where(mask[:, None], above.images, below.images),
        torch.where(mask, above.labels, below.labels),
        torch.where(mask, above.confidence, below.confidence),
        torch.where(mask, above.valid, below.valid),
    )


def half_of_classes(source: Mixable, rng: np.random.Generator) -> Flags:
    """floor(k/2) of the k classes present in each image, all equally likely."""
    return _masks(source, lambda present: rng.choice(present, len(present) // 2, replace=False))


def rare_classes(
    source: Mixable, frequency: np.ndarray, temperature: float, rng: np.random.Generator
) -> Flags:
    """ceil(k/2) of the k classes present, drawn by P(c) = softmax((1 - f_c) / T) over them.

    f_c is the class's share of the labelled pixels; the formula is DAFormer's rare-class
    sampling (Hoyer et al. 2022).
    """

    def draw(present: np.ndarray) -> np.ndarray:
        logits = (1 - frequency[present]) / temperature
        weights = np.exp(logits - logits.max()) if len(present) else logits
        count = -(-len(present) // 2)
        return rng.choice(present, count, replace=False, p=weights / weights.sum())

    return _masks(source, lambda present: draw(present) if len(present) else present)


def head_and_tail(
    source: Mixable, frequency: np.ndarray, head: int, rng: np.random.Generator
) -> Flags:
    """3 of the `head` most frequent classes and 2 of all others, or as many as there are, whether
    an image has them or not (the released code of S4AL, there with lists of its own)."""
    order = np.argsort(-frequency, kind="stable")

    def draw(_: np.ndarray) -> np.ndarray:
        groups = ((order[:head], HEAD_PICKS), (order[head:], TAIL_PICKS))
        picks = [rng.choice(each, min(n, len(each)), replace=False) for each, n in groups]
        return np.concatenate(picks)

    return _masks(source, draw)


def _masks(source: Mixable, choose: Draw) -> Flags:
    return torch.stack(
        [
            _member(labels, valid, choose)
            for labels, valid in zip(source.labels, source.valid, strict=True)
        ]
    )


def _member(labels: Tensor, valid: Tensor, choose: Draw) -> Tensor:
    counts = torch.bincount(labels.where(valid, VOID).flatten(), minlength=VOID + 1)[:VOID]
    chosen = np.zeros(VOID + 1, dtype=bool)
    chosen[choose(counts.cpu().numpy().nonzero()[0])] = True
    return torch.from_numpy(chosen).to(labels.device)[labels] & valid


def _like(flags: Tensor, target: Tensor) -> Tensor:
    return flags.reshape(-1, *[1] * (target.dim() - 1))
