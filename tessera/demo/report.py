"""What the demo found, as a table and as JSON."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from tessera.client.models import CycleRow
from tessera.demo.campaign import Outcome
from tessera.demo.data import Data
from tessera.demo.options import Options
from tessera.figures import campaign_table, share_of
from tessera.progress import duration

SYNTHETIC = (
    "These images are synthetic: the figures show that the loop works, "
    "they say nothing about photographs."
)


def document(outcome: Outcome, data: Data, options: Options, *, seconds: float) -> dict[str, Any]:
    """The result of a demo: settings, a row per cycle, the reference, seconds in all."""
    reference = outcome.reference
    return {
        "data": {
            "name": data.title,
            "synthetic": data.synthetic,
            "cell_px": data.cell_px,
            "scale": data.scale,
            "classes": [each["name"] for each in data.classes],
            "images": outcome.project.images.model_dump(),
        },
        "settings": json.loads(json.dumps(asdict(options), default=str)),
        "rows": [_row(row, reference) for row in outcome.rows],
        "reference": reference.model_dump(mode="json") if reference else None,
        "seconds": round(seconds, 1),
    }


def write(found: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2) + "\n")


def show(found: dict[str, Any], console: Console) -> None:
    """The table of a document, with what has to be known to read it."""
    rows = [CycleRow.model_validate(row) for row in found["rows"]]
    full = CycleRow.model_validate(found["reference"]) if found["reference"] else None
    console.print(f"\n{found['data']['name']}: {_counts(found)}", highlight=False)
    console.print(campaign_table(rows, full))
    console.print(
        "Each row: the labels that the cycle's model was trained on, and what it reached; clicks "
        f"are estimated from the masks. {duration(found['seconds'])} in all.",
        highlight=False,
        soft_wrap=True,
    )
    if found["data"]["synthetic"]:
        console.print(SYNTHETIC, highlight=False, soft_wrap=True)


def _row(row: CycleRow, reference: CycleRow | None) -> dict[str, Any]:
    return row.model_dump(mode="json") | {
        "share_of_full_val": share_of(row.val_miou, reference.val_miou if reference else None),
        "share_of_full_test": share_of(row.test_miou, reference.test_miou if reference else None),
    }


def _counts(found: dict[str, Any]) -> str:
    counts = ", ".join(f"{count} {split}" for split, count in found["data"]["images"].items())
    return f"{counts} images, {found['data']['cell_px']} px cells"
