"""`cityscapes`: leftImg8bit/ and gtFine/ with labelTrainIds, colours, and labelIds.

Training ids are the project's values. Label ids are written when all its classes have names of
Cityscapes. The folder of an image is its name up to the first underscore, where cities stand.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core import masks
from core.exports import palette
from core.exports.contract import Entry, Format, Item
from core.layouts.cityscapes import IMAGE, IMAGES, LABEL_IDS, MASKS, NAMES, TRAIN_IDS

COLOR = "_gtFine_color"


class Cityscapes(Format):
    NAME = "cityscapes"

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        # Label id 0 is "unlabeled".
        self._label_ids = np.zeros(256, np.uint8)
        names = {each.value: each.name.casefold() for each in self.classes}
        self._official = all(name in NAMES for name in names.values())
        for value, name in names.items() if self._official else ():
            self._label_ids[value] = NAMES.index(name)

    def item(self, item: Item) -> Iterator[Entry]:
        place = f"{item.part}/{item.name.partition('_')[0]}/{item.name}"
        yield from self.picture(item, f"{IMAGES}/{place}{IMAGE}.png")
        if (mask := item.labelled) is None:
            return
        yield Entry(f"{MASKS}/{place}{COLOR}.png", palette.colored(mask, self.classes))
        if self._official:
            yield Entry(f"{MASKS}/{place}{LABEL_IDS}.png", masks.to_png(self._label_ids[mask]))
        yield Entry(f"{MASKS}/{place}{TRAIN_IDS}.png", masks.to_png(mask))
