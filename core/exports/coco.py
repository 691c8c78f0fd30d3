"""`coco`: annotations/instances_{train,val,test}.json, one run-length shape for each class of an
image.

Shapes say where a class is and count no things, so each is a crowd (`iscrowd`). `labelled` marks an
image that was labelled, for all its pixels may be void.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.exports.contract import Entry, Format, Item
from core.layouts import shapes
from core.layouts.contract import TRAIN_VAL_TEST
from core.masks import Mask


class Coco(Format):
    NAME = "coco"

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._numbers: Counter[str] = Counter()

    def item(self, item: Item) -> Iterator[Entry]:
        said: dict[str, Any] = {
            "id": item.id,
            "file_name": f"{item.name}.png",
            "width": item.width,
            "height": item.height,
        }
        if (mask := item.labelled) is not None:
            said["labelled"] = True
            for shape in self._shapes(mask):
                self._numbers[item.part] += 1
                number = {"id": self._numbers[item.part], "image_id": item.id}
                self._add(item.part, "annotations", number | shape)
        self._add(item.part, "images", said)
        yield from self.picture(item, f"{item.part}/{item.name}.png")

    def _shapes(self, mask: Mask) -> Iterator[dict[str, Any]]:
        for each in self.classes:
            shape = mask == each.value
            if shape.any():
                counts = shapes.packed(shapes.runs_of(shape))
                yield {
                    "category_id": each.value + 1,
                    "segmentation": {"size": list(mask.shape), "counts": counts},
                    "area": int(shape.sum()),
                    "bbox": box_of(shape),
                    "iscrowd": 1,
                }

    def _add(self, part: str, kind: str, said: dict[str, Any]) -> None:
        with (self.scratch / f"{part}.{kind}").open("a", encoding="utf-8") as file:
            file.write(json.dumps(said, sort_keys=True) + "\n")

    def end(self) -> Iterator[Entry]:
        for part, _ in TRAIN_VAL_TEST:
            if (self.scratch / f"{part}.images").is_file():
                yield Entry(f"annotations/instances_{part}.json", self._joined(part))

    def _joined(self, part: str) -> Path:
        whole = self.scratch / f"{part}.json"
        categories = [{"id": each.value + 1, "name": each.name} for each in self.classes]
        with whole.open("w", encoding="utf-8") as file:
            file.write('{"categories": ' + json.dumps(categories))
            for kind in ("images", "annotations"):
                file.write(f', "{kind}": [')
                _copy(self.scratch / f"{part}.{kind}", file)
                file.write("]")
            file.write("}\n")
        return whole


def _copy(lines: Path, file: Any) -> None:
    """A JSON object a line, with commas between them."""
    if lines.is_file():
        with lines.open(encoding="utf-8") as given:
            for number, line in enumerate(given):
                file.write((",\n" if number else "\n") + line.rstrip("\n"))


def box_of(shape: shapes.Shape) -> list[int]:
    """Left, top, width and height."""
    rows, columns = np.flatnonzero(shape.any(axis=1)), np.flatnonzero(shape.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return [left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1]
