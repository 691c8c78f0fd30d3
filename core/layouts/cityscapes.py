"""`cityscapes`: leftImg8bit/{train,val,test}/{city}/ and gtFine/ likewise.

Masks are `_gtFine_labelTrainIds.png`, taken as the project's values, else `_gtFine_labelIds.png`,
whose values are matched by name; what the project has no class for is void, as in training ids.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import masks
from core.errors import UnknownClass
from core.layouts.contract import SUFFIXES, TRAIN_VAL_TEST, Found, Layout, named
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
            for stem, image in images.items():
                yield Found(split, stem, image, labelled.pop(stem, None))
            for stem, mask in labelled.items():
                yield Found(split, stem, None, mask)

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


def _ending(folder: Path, ending: str) -> dict[str, Path]:
    """The files of all cities with this ending, by their stem without it."""
    if not folder.is_dir():
        return {}
    files = (path for city in sorted(folder.iterdir()) for path in _files(city, ending))
    return {stem.removesuffix(ending): path for stem, path in named(files).items()}


def _files(city: Path, ending: str) -> list[Path]:
    if not city.is_dir():
        return []
    wanted = (path for path in city.iterdir() if path.suffix.lower() in SUFFIXES)
    return sorted(path for path in wanted if path.stem.endswith(ending))
