"""`cityscapes`: leftImg8bit/{train,val,test}/{city}/ and gtFine/ likewise.

Masks are `_gtFine_labelTrainIds.png`, taken as the project's values, else `_gtFine_labelIds.png`,
whose values are matched by name; what the project has no class for is void, as in training ids.
"""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import masks
from core.errors import UnknownClass
from core.layouts.contract import TRAIN_VAL_TEST, Found, Layout, pairs
from core.layouts.listing import Stems
from core.masks import VOID, Mask, Size

IMAGES, MASKS = "leftImg8bit", "gtFine"
IMAGE, TRAIN_IDS, LABEL_IDS = "_leftImg8bit", "_gtFine_labelTrainIds", "_gtFine_labelIds"
# Names by label id, as the dataset's scripts (cityscapesScripts, helpers/labels.py) number them.
NAMES = (
    *("unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic"),
    *("ground", "road", "sidewalk", "parking", "rail track", "building", "wall", "fence"),
    *("guard rail", "bridge", "tunnel", "pole", "polegroup", "traffic light", "traffic sign"),
    *("vegetation", "terrain", "sky", "person", "rider", "car", "truck", "bus", "caravan"),
    *("trailer", "train", "motorcycle", "bicycle"),
)


class Cityscapes(Layout):
    NAME = "cityscapes"

    @classmethod
    def detects(cls, root: Path) -> bool:
        return (root / IMAGES).is_dir() or (root / MASKS).is_dir()

    def scan(self) -> Iterator[Found]:
        for folder, split in TRAIN_VAL_TEST:
            images = _ending(self.source.root / IMAGES / folder, IMAGE)
            place = self.source.root / MASKS / folder
            labelled = _ending(place, LABEL_IDS) | _ending(place, TRAIN_IDS)
            yield from pairs(split, images, labelled)

    @cached_property
    def _values(self) -> NDArray[np.uint8]:
        """(256,) the project's value of each label id. Raises UnknownClass if none has one."""
        ours = self.source.by_name()
        found = np.full(256, VOID, np.uint8)
        for label_id, name in enumerate(NAMES):
            found[label_id] = ours.get(name, VOID)
        if (found == VOID).all():
            raise UnknownClass(
                f"None of the classes {sorted(ours)} is one of Cityscapes'. Name them so, or give "
                "labelTrainIds with the project's own values."
            )
        return found

    def mask(self, found: Found, size: Size) -> Mask:
        assert found.mask is not None
        data = self.source.read(found.mask)
        if found.mask.stem.endswith(TRAIN_IDS):
            return masks.from_png(data, size, self.source.values)
        return self._values[masks.from_png(data, size, range(len(NAMES)))]


def _ending(folder: Path, ending: str) -> Stems:
    """The files of all cities with this ending, by their stem without it."""
    return Stems(folder, _of_cities(folder, ending), ending)


def _of_cities(folder: Path, ending: str) -> Iterator[str]:
    cities = sorted(folder.iterdir()) if folder.is_dir() else []
    for city in filter(Path.is_dir, cities):
        for name in sorted(os.listdir(city)):
            if os.path.splitext(name)[0].endswith(ending):
                yield f"{city.name}/{name}"
