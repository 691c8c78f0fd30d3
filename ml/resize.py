"""Native pixels to the recipe's scale, without torch."""

import numpy as np
from PIL import Image

from ml.types import Mask, Rgb, ScaledMask, ScaledRgb


def scaled(image: Rgb, scale: float) -> ScaledRgb:
    """Antialiased when it shrinks."""
    if scale == 1.0:
        return image
    size = target_size(image.shape[0], image.shape[1], scale)
    return np.array(Image.fromarray(image).resize(size[::-1], Image.Resampling.BILINEAR))


def scaled_labels(labels: Mask, scale: float) -> ScaledMask:
    """Nearest pixel: ids are never blended."""
    if scale == 1.0:
        return labels
    size = target_size(labels.shape[0], labels.shape[1], scale)
    return np.array(Image.fromarray(labels).resize(size[::-1], Image.Resampling.NEAREST))


def target_size(height: int, width: int, scale: float) -> tuple[int, int]:
    return max(1, round(height * scale)), max(1, round(width * scale))
