"""`cvat`: `annotations.xml` of CVAT for images 1.1 with a mask for each class of an image and one
for void, and images/ by subset: the form of a project there, since a task has one subset."""

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from core.exports.coco import box_of
from core.exports.contract import PART, Entry, Format, Item
from core.layouts import shapes
from core.layouts.cvat import FILE, VOID_NAME
from core.masks import VOID, Mask


class Cvat(Format):
    NAME = "cvat"

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._file = self.scratch / FILE
        self._names = {each.value: each.name for each in self.classes} | {VOID: VOID_NAME}
        self._number = 0
        self._write(f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n{self._meta()}')

    def _write(self, text: str) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(text)

    def _meta(self) -> str:
        colors = {each.value: each.color for each in self.classes}
        labels = "".join(
            f"<label><name>{escape(name)}</name><color>{colors.get(value, '#000000')}</color>"
            "<type>mask</type></label>\n"
            for value, name in self._names.items()
        )
        tasks = "".join(f"<task><subset>{part}</subset></task>\n" for part in PART.values())
        inside = f"<labels>\n{labels}</labels>\n<tasks>\n{tasks}</tasks>"
        return f"<version>1.1</version>\n<meta><project>\n{inside}\n</project></meta>\n"

    def item(self, item: Item) -> Iterator[Entry]:
        about = {
            "id": self._number,
            "name": f"{item.name}.png",
            "subset": item.part,
            "width": item.width,
            "height": item.height,
        }
        inside = "" if item.shown is None else "".join(self._masks(item.shown))
        self._write(f"<image{_attributes(about)}>\n{inside}</image>\n")
        self._number += 1
        yield from self.picture(item, f"images/{item.part}/{item.name}.png")

    def _masks(self, mask: Mask) -> Iterator[str]:
        for value, name in self._names.items():
            shape = mask == value
            if shape.any():
                left, top, width, height = box_of(shape)
                cut = shape[top : top + height, left : left + width]
                about = {"label": name, "source": "file", "occluded": 0}
                runs = ", ".join(map(str, shapes.runs_of(np.ascontiguousarray(cut.T))))
                box = {"left": left, "top": top, "width": width, "height": height, "z_order": 0}
                yield f"  <mask{_attributes(about | {'rle': runs} | box)}></mask>\n"

    def end(self) -> Iterator[Entry]:
        self._write("</annotations>\n")
        yield Entry(FILE, self._file)


def _attributes(values: dict[str, object]) -> str:
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in values.items())
