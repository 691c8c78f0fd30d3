"""Masks whose segments are hard to follow."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter


def blobs(seed: int, side: int = 60) -> NDArray[np.uint8]:
    """Four classes in soft shapes, islands and holes among them."""
    noise = np.random.default_rng(seed).normal(size=(4, side, side))
    return gaussian_filter(noise, (0, 1 + seed % 4, 1 + seed % 4)).argmax(axis=0).astype(np.uint8)


def blocks(seed: int) -> NDArray[np.uint8]:
    """Straight edges and right angles, where many points are equally far."""
    small = np.random.default_rng(seed).integers(0, 3, (9, 12), np.uint8)
    return small.repeat(1 + seed % 5, axis=0).repeat(1 + seed % 3, axis=1)


def specks(seed: int) -> NDArray[np.uint8]:
    """Single pixels that touch at corners only, in a mask of any size."""
    draw = np.random.default_rng(seed)
    return draw.integers(0, 2 + seed % 3, draw.integers(1, 20, 2), np.uint8)
