"""The training images at the recipe's scale, with what is known of their pixels."""

from collections.abc import Sequence

import numpy as np

from ml import cache, parallel
from ml.errors import Failure
from ml.images import read_labels, read_rgb
from ml.recipe import Recipe
from ml.resize import target_size
from ml.spec import ImageItem
from ml.types import NOT_ASKED, ClassCounts, Mask, Rgb


class Pool:
    """Images and canvases are decoded once and then memory-mapped (`ml.cache`)."""

    def __init__(self, items: Sequence[ImageItem], classes: int, recipe: Recipe) -> None:
        """Raises Failure `bad_spec` where there are no images."""
        if not items:
            raise Failure("bad_spec", "the pool holds no images; name at least one in the spec")
        self.items, self.classes, self.recipe = items, classes, recipe
        cache.shared().allow(recipe.cache_mb * 2**20)

    def __len__(self) -> int:
        return len(self.items)

    def read(self, index: int) -> tuple[Rgb, Mask]:
        return read_rgb(self.items[index], self.recipe.scale), self.canvas(index)

    def canvas(self, index: int) -> Mask:
        """A class, void or not asked, for each pixel."""
        return read_labels(self.items[index], self.classes, self.recipe.scale)

    def labelled(self) -> list[int]:
        """Places of the images with any pixel labelled with a class, at the recipe's scale; where
        the recipe supervises whole images, of those without unasked pixels if there are any."""
        given = [i for i, item in enumerate(self.items) if item.patches or item.mask_path]
        places, whole = [], []
        for index, canvas in zip(given, parallel.each(given, self.canvas), strict=True):
            if (canvas < NOT_ASKED).any():
                places.append(index)
                if not (canvas == NOT_ASKED).any():
                    whole.append(index)
        return whole or places if self.recipe.supervision == "whole" else places

    def counts(self, indices: Sequence[int]) -> ClassCounts:
        """Labelled pixels of each class in each of these images."""
        each = [_counted(self.canvas(index), self.classes) for index in indices]
        return np.stack(each) if each else np.zeros((0, self.classes), dtype=np.int64)

    def crop(self) -> tuple[int, int]:
        asked, first = self.recipe.augmentation.crop, self.items[0]
        return asked or target_size(first.height, first.width, self.recipe.scale)


def _counted(canvas: Mask, classes: int) -> np.ndarray:
    return np.bincount(canvas[canvas < NOT_ASKED], minlength=classes)
