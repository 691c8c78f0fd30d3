"""Where a model is sure of another class than people said: labels worth a second look.

After Northcutt et al. (2021), whose confident learning looks for the same in classification; here a
fixed confidence stands for each class's own mean, and a region's share of such pixels is told.
"""

from collections.abc import Sequence

from ml.spec import Patch
from ml.types import Classified, Confidences, Mask, Pixels

SURE = 0.9


def contradicted(
    labels: Mask, predicted: Classified, confidence: Confidences, classes: int
) -> Pixels:
    """Pixels with a class for which the model is sure of another one."""
    return (labels < classes) & (predicted != labels) & (confidence >= SURE)


def of_patches(
    patches: Sequence[Patch], labels: Mask, wrong: Pixels, classes: int
) -> list[dict[str, int | float]]:
    """Of each labelled region, as its box, the share of its classed pixels that are `wrong`;
    those without any are left out."""
    found = []
    for patch in patches:
        inside = (
            slice(patch.top, patch.top + patch.height),
            slice(patch.left, patch.left + patch.width),
        )
        classed = int((labels[inside] < classes).sum())
        share = int(wrong[inside].sum()) / classed if classed else 0.0
        if share:
            box = patch.model_dump(include={"left", "top", "width", "height"})
            found.append(box | {"share": round(share, 4)})
    return found
