"""What the model suggests for a region, and the regions that are asked without showing it.

A withheld suggestion is kept all the same: what people drew without it tells how much the others
are led by theirs.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

from core import masks
from core.errors import NotFound
from core.masks import Mask
from core.models import Region
from core.store import Store

Band = Literal["classes", "confidence"]


def shown(region: Region) -> bool:
    """Whether whoever labels the region gets to see what the model thinks."""
    return region.suggestion_key is not None and not region.suggestion_withheld


def key_of(region: Region, band: Band = "classes") -> str:
    """Where the suggestion lies. Raises NotFound in a cold start and where it is withheld."""
    key = region.suggestion_key if band == "classes" else region.confidence_key
    if key is None:
        raise NotFound(f"Region {region.id} has no suggestion: its cycle had no model.")
    if region.suggestion_withheld:
        raise NotFound(
            f"Region {region.id} is asked without a suggestion, to compare labels drawn with and "
            "without one; draw it by eye."
        )
    return key


def read(store: Store, region: Region) -> Mask | None:
    """The classes that were shown, (height, width); None where nothing was."""
    return masks.stored(store.read(key_of(region))) if shown(region) else None


def withhold(rows: Sequence[dict[str, Any]], *, seed: int, share: float) -> list[dict[str, Any]]:
    """The region rows, of which the share `share` (to the nearest one) is asked without suggestion.

    Which ones depends on the seed and the cells alone.
    """
    drawn = sorted(range(len(rows)), key=lambda i: _draw(rows[i], seed))
    withheld = set(drawn[: round(share * len(rows))])
    return [row | {"suggestion_withheld": i in withheld} for i, row in enumerate(rows)]


def _draw(row: dict[str, Any], seed: int) -> bytes:
    cell = f"{seed}:{row['image_id']}:{row['cell_row']}:{row['cell_col']}"
    return hashlib.sha256(cell.encode()).digest()
