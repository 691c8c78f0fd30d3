"""The select stage: scores to regions, with the model's suggestion for each.

Without a model nothing here loads torch, so that a cold start is a matter of milliseconds.
"""

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from ml import choosing, facts
from ml.cells import box, grid, open_cells
from ml.child import Child
from ml.choosing import Pool
from ml.errors import Failure
from ml.files import write_bytes, write_json
from ml.images import read_labels
from ml.selection import Choice, Pick
from ml.spec import ImageItem, SelectSpec
from ml.types import NOT_ASKED, Mask, OpenCells

if TYPE_CHECKING:
    from ml.predict import Predictor
    from ml.suggestions import Suggestion

OUT = Path("out")


def select(spec: SelectSpec, child: Child) -> None:
    choice = choose(spec)
    regions = [_region(spec, pick, rank) for rank, pick in enumerate(choice.picks)]
    if spec.model is not None:
        _suggest(spec, regions, child)
    write_json(OUT / "selection.json", {"regions": regions, "relaxed": choice.relaxed})


def choose(spec: SelectSpec) -> Choice:
    """Raises Failure `bad_spec` (no or wrong scores) or `budget_exceeds_pool`."""
    opened = [_opened(item, spec) for item in spec.images]
    sized = [(item.id, cells.shape) for item, cells in zip(spec.images, opened, strict=True)]
    pool = Pool(
        opened,
        scores=facts.read_scores(spec.scores, sized) if spec.scores else None,
        facts=facts.read(spec.cells, sized) if spec.cells and spec.strategy.weighs_cells else None,
    )
    return choosing.choose(pool, spec.budget.regions, spec.strategy, turn=spec.turn, seed=spec.seed)


def _opened(item: ImageItem, spec: SelectSpec) -> OpenCells:
    gh, gw = grid(item.height, item.width, spec.cell_px)
    opened = np.ones((gh, gw), dtype=bool)
    if item.mask_path is not None or item.patches:
        opened = open_cells(read_labels(item) == NOT_ASKED, spec.cell_px)
    for row, col in spec.closed.get(item.id, []):
        if row >= gh or col >= gw:
            raise Failure(
                "bad_spec",
                f"closed cell ({row}, {col}) of image {item.id} is outside its grid {gh}x{gw}",
            )
        opened[row, col] = False
    return opened


def _region(spec: SelectSpec, pick: Pick, rank: int) -> dict[str, Any]:
    item = spec.images[pick.image]
    size = (item.height, item.width)
    left, top, width, height = box((pick.row, pick.col), size, spec.cell_px)
    place = {"left": left, "top": top, "width": width, "height": height}
    return {
        "image_id": item.id,
        "row": pick.row,
        "col": pick.col,
        **place,
        "rank": rank,
        "score": pick.score,
        "source": pick.source,
        "suggestion": None,
        "confidence": None,
        "top_classes": [],
    }


def _suggest(spec: SelectSpec, regions: list[dict[str, Any]], child: Child) -> None:
    """One prediction per image, however many of its regions were chosen."""
    from ml import parallel
    from ml.predict import load

    assert spec.model is not None
    predictor = load(spec.model)
    by_image: dict[str, list[dict[str, Any]]] = {}
    for region in regions:
        by_image.setdefault(region["image_id"], []).append(region)
    chosen = [item for item in spec.images if item.id in by_image]
    seen = parallel.each(chosen, lambda item: _seen(predictor, item, by_image[item.id]))
    for done, (item, found) in enumerate(zip(chosen, seen, strict=True), start=1):
        for region, suggestion in zip(by_image[item.id], found, strict=True):
            name = f"suggestions/{region['rank']}"
            region["suggestion"] = _write(f"{name}.png", suggestion.classes)
            levels = np.rint(suggestion.confidence * 255).astype(np.uint8)
            region["confidence"] = _write(f"{name}.confidence.png", levels)
            region["top_classes"] = suggestion.top
        child.images_done(done, len(chosen))


def _seen(
    predictor: "Predictor", item: ImageItem, regions: list[dict[str, Any]]
) -> "list[Suggestion]":
    from ml import suggestions

    [probs] = predictor.probabilities(predictor.read([item]))
    rows = [slice(each["top"], each["top"] + each["height"]) for each in regions]
    columns = [slice(each["left"], each["left"] + each["width"]) for each in regions]
    return [suggestions.of(probs[:, *place]) for place in zip(rows, columns, strict=True)]


def _write(name: str, values: Mask) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(values)).save(buffer, format="PNG")
    write_bytes(OUT / name, buffer.getvalue())
    return name


if __name__ == "__main__":
    from ml.commands.stages import select_main

    sys.exit(select_main())
