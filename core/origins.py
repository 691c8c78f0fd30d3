"""How each pixel of a mask came about: (height, width) uint8 arrays beside the mask.

Pixels that were only accepted say less than drawn ones, so they are told apart.
"""

import numpy as np

from core.errors import OriginsRefused
from core.masks import NOT_ASKED, Mask, Size

NAMES = ("none", "accepted", "edited", "drawn")
NONE, ACCEPTED, EDITED, DRAWN = range(4)


def from_bytes(data: bytes, size: Size) -> tuple[bytes, Mask | None]:
    """The mask's bytes, and the origins behind them if they come along."""
    pixels = size.width * size.height
    if len(data) != 2 * pixels:
        return data, None
    origins = np.frombuffer(data, np.uint8, offset=pixels)
    return data[:pixels], origins.reshape(size.height, size.width)


def check(origins: Mask, mask: Mask, suggestion: Mask | None) -> None:
    """Raise OriginsRefused, with the first pixel that cannot be as it is told.

    `suggestion` is what was shown; None where nothing was.
    """
    _refuse(origins > DRAWN, origins, f"expected 0 to {DRAWN} ({', '.join(NAMES)})")
    _refuse((mask == NOT_ASKED) & (origins != NONE), origins, "a pixel not asked has the origin 0")
    if suggestion is None:
        wrong = (origins == ACCEPTED) | (origins == EDITED)
        _refuse(wrong, origins, "no suggestion was shown, so nothing was accepted or edited")
    else:
        wrong = (origins == ACCEPTED) & (mask != suggestion)
        _refuse(wrong, origins, "an accepted pixel has the class of the suggestion")


def _refuse(wrong: np.ndarray, origins: Mask, why: str) -> None:
    if wrong.any():
        y, x = (int(i) for i in np.argwhere(wrong)[0])
        value = int(origins[y, x])
        raise OriginsRefused(f"Origin {value} at x={x}, y={y}: {why}.", value=value, x=x, y=y)


def counts(origins: Mask) -> dict[str, int]:
    """Pixels by origin."""
    found = np.bincount(origins.ravel(), minlength=len(NAMES))
    return {name: int(count) for name, count in zip(NAMES, found, strict=True)}
