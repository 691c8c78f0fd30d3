"""Mask values and array types of the learner, without torch.

Shape letters: n images, c classes, k of them kept, h w pixels, gh gw grid cells. `ml.tensors`
holds the same words for tensors, so that selection starts without importing torch.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float16, Float32, Int32, Int64, UInt8

NOT_ASKED = 254
"""Nobody labelled this pixel."""

VOID = 255
"""A person said: none of the classes. Annotated, but without supervision."""

MAX_CLASSES = NOT_ASKED

Rgb = UInt8[np.ndarray, "h w 3"]
Mask = UInt8[np.ndarray, "h w"]
ScaledRgb = UInt8[np.ndarray, "sh sw 3"]
ScaledMask = UInt8[np.ndarray, "sh sw"]
OpenPixels = Bool[np.ndarray, "h w"]
Pixels = Bool[np.ndarray, "h w"]
ClassCounts = Int64[np.ndarray, "n c"]
CellScores = Float32[np.ndarray, "gh gw"]
Classified = UInt8[np.ndarray, "h w"]
"""The class of each pixel."""
Confidences = Float32[np.ndarray, "h w"]
Marks = Bool[np.ndarray, "_ _"]
CellClicks = Float32[np.ndarray, "gh gw"]
TopClasses = UInt8[np.ndarray, "k gh gw"]
TopShares = UInt8[np.ndarray, "k gh gw"]
TopDoubts = Float16[np.ndarray, "k gh gw"]
CellCounts = Int32[np.ndarray, "gh gw"]
OpenCells = Bool[np.ndarray, "gh gw"]
ScoreGrids = Sequence[Float32[np.ndarray, "_ _"]]
"""One per image; images differ in size."""
OpenGrids = Sequence[Bool[np.ndarray, "_ _"]]
Confusion = Int64[np.ndarray, "c c"]
