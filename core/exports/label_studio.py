"""`label-studio`: `tasks.json`, to be imported there with the images, and `label_config.xml`.

Labels are annotations, a brush for each class and one for void; what the model makes of an image is
a prediction. `data.image` is the image's place in the archive: put your storage's address before.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from core.exports.contract import Entry, Format, Item
from core.layouts import brush
from core.layouts.label_studio import VOID_NAME
from core.masks import VOID, Mask

FROM, TO = "label", "image"


class LabelStudio(Format):
    NAME = "label-studio"

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._tasks = self.scratch / "tasks.json"
        self._names = {each.value: each.name for each in self.classes} | {VOID: VOID_NAME}
        self._count = 0

    def item(self, item: Item) -> Iterator[Entry]:
        place = f"images/{item.split}/{item.name}.png"
        task: dict[str, Any] = {"id": item.id, "data": {"image": place, "split": item.split}}
        # Its own converter asks for the list, also where nobody has labelled.
        task["annotations"] = [] if item.mask is None else [self._annotation(item.mask)]
        if item.predicted is not None:
            task["predictions"] = [{"result": self._results(item.predicted)}]
        with self._tasks.open("a", encoding="utf-8") as file:
            file.write(("[" if self._count == 0 else ",\n") + json.dumps(task, sort_keys=True))
        self._count += 1
        yield from self.picture(item, place)

    def _annotation(self, mask: Mask) -> dict[str, Any]:
        return {"result": self._results(mask), "was_cancelled": False}

    def _results(self, mask: Mask) -> list[dict[str, Any]]:
        height, width = mask.shape
        found = []
        for value, name in self._names.items():
            shape = mask == value
            if shape.any():
                rle = {"format": "rle", "rle": brush.encode(shape), "brushlabels": [name]}
                about = {"original_width": width, "original_height": height, "image_rotation": 0}
                ends = {"id": f"c{value}", "from_name": FROM, "to_name": TO, "type": "brushlabels"}
                found.append(ends | about | {"value": rle})
        return found

    def end(self) -> Iterator[Entry]:
        with self._tasks.open("a", encoding="utf-8") as file:
            file.write("]\n" if self._count else "[]\n")
        yield Entry(self._tasks.name, Path(self._tasks))
        colors = {each.value: each.color for each in self.classes}
        labels = "".join(
            f'    <Label value={quoteattr(name)} background="{colors.get(v, "#000000")}"/>\n'
            for v, name in self._names.items()
        )
        config = (
            f'<View>\n  <Image name="{TO}" value="$image"/>\n'
            f'  <BrushLabels name="{FROM}" toName="{TO}">\n{labels}  </BrushLabels>\n</View>\n'
        )
        yield Entry("label_config.xml", config.encode())
