"""The mistakes of a careless annotator: a segment that was given the wrong class."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tessera.oracle.effort import segmented

VOID = 255


def relabelled(
    mask: NDArray[np.uint8], classes: Sequence[int], dice: np.random.Generator
) -> NDArray[np.uint8]:
    """The mask with one connected segment given another of the `classes`.

    Large segments are hit more often than specks (in proportion to their pixels), void ones never;
    a mask of void alone, or a project of one class, comes back as it was.
    """
    segments = segmented(mask)
    candidates = segments[mask != VOID]
    if not candidates.size:
        return mask
    chosen = segments == dice.choice(candidates)
    others = [value for value in classes if value != mask[chosen][0]]
    if not others:
        return mask
    changed = mask.copy()
    changed[chosen] = dice.choice(others)
    return changed
