"""Writes the archive that an order asks for, one image in memory at a time."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from core.exports import packing, rows
from core.exports.contract import Entry, Item
from core.exports.formats import FORMATS
from core.exports.orders import Order, digest_of
from core.imports import known_classes
from core.layouts import Known
from core.models import Project
from core.store import Store


class Exporter:
    """Writes what an order asks for; `begin` opens a transaction."""

    def __init__(
        self, begin: rows.Begin, store: Store, project_id: int, *, order: Order, scratch: Path
    ) -> None:
        """`scratch` is an empty folder."""
        self._begin, self._store, self._project_id = begin, store, project_id
        self._order = order
        with begin() as db:
            self._classes = known_classes(db, project_id)
            self._project = db.get_one(Project, project_id).name
            self.total = rows.count(db, project_id, newest=order.newest)
        manifest = json.loads(store.read(order.manifest_key))
        self._frozen = rows.Frozen.of(manifest)
        self._scratch = scratch
        (scratch / "format").mkdir()
        made = FORMATS[order.format]
        self._format = made(self._classes, scratch / "format", pictures=order.pictures)
        self.images = self.masks = 0

    def write(
        self,
        file: IO[bytes],
        on_image: Callable[[int], None],
        complete: Callable[[Item], Item] = lambda item: item,
    ) -> None:
        """The archive into the file. `on_image(count)` is called after each and may raise to stop.

        `complete` adds what the model makes of an image.
        """
        packing.write(file, self._entries(on_image, complete))

    def items(self) -> Iterator[Item]:
        frozen, newest = self._frozen, self._order.newest
        return rows.items(self._begin, self._store, self._project_id, frozen, newest=newest)

    def _entries(
        self, on_image: Callable[[int], None], complete: Callable[[Item], Item]
    ) -> Iterator[Entry]:
        for item in map(complete, self.items()):
            yield from self._format.entries(item)
            self.images += 1
            self.masks += item.labelled is not None
            on_image(self.images)
        yield from self._format.end()
        yield Entry("regions.csv", self._regions())
        yield Entry("classes.json", _json({"classes": [_class(each) for each in self._classes]}))
        yield Entry("export.json", _json(self._about()))

    def _regions(self) -> Path:
        path = self._scratch / "regions.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(rows.REGIONS)
            table.writerows(rows.regions(self._begin, self._frozen.labels))
        return path

    def _about(self) -> dict[str, Any]:
        order = self._order
        return {
            "project": self._project,
            "format": order.format,
            "cycle": order.cycle,
            "manifest_digest": digest_of(order.manifest_key),
            "completed_by": order.model_digest,
            "images": self.images,
            "masks": self.masks,
            "values": "255 in masks: no class. coverage/: 255 asked, 128 completed by the model, "
            "0 not asked; images without a file there were asked as a whole",
        }


def _class(each: Known) -> dict[str, Any]:
    said = {"id": each.value, "name": each.name, "color": each.color}
    return said | ({"background": True} if each.background else {})


def _json(said: dict[str, Any]) -> bytes:
    return (json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
