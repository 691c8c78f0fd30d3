"""What was suggested in a cycle against what people labelled, and the regions behind a cell."""

from typing import Any

from core import confusion
from server.api.exploring import region_confusion_of, region_mistakes_of
from server.pages.admin.frame import Shown

# Cycles to choose among.
MOST = 50


def of(shown: Shown, wanted: str | None, pair: tuple[int | None, int | None]) -> dict[str, Any]:
    """The matrix of the cycle with the id `wanted`, else of the newest that has one; the regions
    of the cell `pair` (labelled, suggested) if a cycle was named."""
    cycles = confusion.cycles(shown.db, shown.project.id, most=MOST)
    named = next((each for each in cycles if str(each.id) == wanted), None)
    chosen = named or next(iter(cycles), None)
    found = region_confusion_of(shown.db, chosen) if chosen else None
    labelled, given = pair
    asked = named is not None and labelled is not None and given is not None
    return {
        "suggested": found if found and (found.regions or found.uncounted or named) else None,
        "suggested_cycles": cycles,
        "changed": region_mistakes_of(shown.db, named, (labelled, given)) if asked else None,  # type: ignore[arg-type]
    }
