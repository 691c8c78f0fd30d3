"""The pool in memory: decoded, resized images under a byte ceiling, and the batches of a step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ml import parallel
from ml.augment import View, draw_window, mirrored, view
from ml.draws import Sampler, Stream, generator
from ml.errors import Failure
from ml.images import read_labels, read_rgb
from ml.recipe import Recipe
from ml.resize import scaled, scaled_labels, target_size
from ml.sampling import Around, labelled_draws
from ml.spec import ImageItem
from ml.tensors import Flags, Images, Labels
from ml.types import NOT_ASKED, ClassCounts, Mask, Pixels, Rgb

BYTES_PER_PIXEL = 4
"""Three of colour, one of label."""


@dataclass(frozen=True)
class Views:
    """A stack of views; `indices` are places in the pool."""

    indices: list[int]
    images: Images
    labels: Labels
    inside: Flags

    def split(self, parts: int) -> "list[Views]":
        """Near-equal pieces, in their order."""
        places = np.array_split(np.arange(len(self.indices)), parts)
        return [self._at(slice(each[0], each[-1] + 1)) for each in places]

    def _at(self, place: slice) -> "Views":
        tensors = (self.images[place], self.labels[place], self.inside[place])
        return Views(self.indices[place], *tensors)


@dataclass(frozen=True)
class Batch:
    """`replay` are the images that the method asked for; None where a method needs no such.
    `part` numbers the pieces of a batch whose gradients are added up."""

    labelled: Views
    unlabelled: Views | None = None
    replay: Views | None = None
    part: int = 0

    def split(self, parts: int) -> "list[Batch]":
        if parts == 1:
            return [self]
        labelled, unlabelled, replay = (
            [None] * parts if views is None else views.split(parts)
            for views in (self.labelled, self.unlabelled, self.replay)
        )
        return [
            Batch(*views) for views in zip(labelled, unlabelled, replay, range(parts), strict=True)
        ]


class Pool:
    """The training images at the recipe's scale. Full once, the cache stays as it is: under a
    random order, replacing entries would not raise the share of hits."""

    def __init__(self, items: Sequence[ImageItem], classes: int, recipe: Recipe) -> None:
        self.items, self.classes, self.recipe = items, classes, recipe
        self._cache: dict[int, tuple[Rgb, Mask]] = {}
        self._room = recipe.cache_mb * 2**20

    def __len__(self) -> int:
        return len(self.items)

    def read(self, index: int) -> tuple[Rgb, Mask]:
        if index not in self._cache:
            self._keep(index, *(found := self._decode(index)))
            return found
        return self._cache[index]

    def _decode(self, index: int) -> tuple[Rgb, Mask]:
        item, scale = self.items[index], self.recipe.scale
        image = scaled(read_rgb(item), scale)
        return image, scaled_labels(read_labels(item, self.classes), scale)

    def labelled(self) -> list[int]:
        """Places of the images with any pixel labelled with a class, at the recipe's scale; where
        the recipe supervises whole images, of those without unasked pixels if there are any."""
        given = [i for i, item in enumerate(self.items) if item.patches or item.mask_path]
        places, whole = [], []
        for index, (image, labels) in zip(given, parallel.each(given, self._decode), strict=True):
            self._keep(index, image, labels)
            if (labels < NOT_ASKED).any():
                places.append(index)
                if not (labels == NOT_ASKED).any():
                    whole.append(index)
        return whole or places if self.recipe.supervision == "whole" else places

    def counts(self, indices: Sequence[int]) -> ClassCounts:
        """Labelled pixels of each class in each of these images."""
        each = [_counted(self.read(index)[1], self.classes) for index in indices]
        return np.stack(each) if each else np.zeros((0, self.classes), dtype=np.int64)

    def crop(self) -> tuple[int, int]:
        asked, first = self.recipe.augmentation.crop, self.items[0]
        return asked or target_size(first.height, first.width, self.recipe.scale)

    def _keep(self, index: int, image: Rgb, labels: Mask) -> None:
        cost = labels.size * BYTES_PER_PIXEL
        if cost <= self._room:
            self._room -= cost
            self._cache[index] = (image, labels)


def _counted(labels: Mask, classes: int) -> np.ndarray:
    return np.bincount(labels[labels < NOT_ASKED], minlength=classes)


class Batches:
    """The batch of any step, as a function of the step and the seed. `counts` are the labelled
    pixels of each class in each labelled image."""

    def __init__(self, pool: Pool, labelled: Sequence[int], seed: int, device: torch.device):
        if not labelled:
            raise Failure(
                "no_labels",
                f"none of the {len(pool)} pool images has a pixel labelled with a class; "
                "label some regions first",
            )
        self.pool, self.places, self.seed, self.device = pool, labelled, seed, device
        schedule = pool.recipe.schedule
        self.counts = pool.counts(labelled)
        self._labelled = labelled_draws(self.counts, pool.recipe, seed)
        self._unlabelled = Sampler(len(pool), schedule.unlabelled_batch, seed, Stream.UNLABELLED)

    def at(self, step: int, *, unlabelled: bool, replay: Sequence[int] = ()) -> Batch:
        drawn = self._labelled.at(step)
        places = [self.places[each.index] for each in drawn]
        others = self._unlabelled.indices(step) if unlabelled else []
        return Batch(
            self._views(places, step, Stream.LABELLED, [each.around for each in drawn]),
            self._views(others, step, Stream.UNLABELLED) if others else None,
            self._views(replay, step, Stream.REPLAY) if replay else None,
        )

    def _views(
        self, indices: Sequence[int], step: int, stream: Stream, around: Sequence[Around] = ()
    ) -> Views:
        rng = generator(self.seed, stream, step)
        wanted = around or [None] * len(indices)
        seen = [self._view(*each, rng) for each in zip(indices, wanted, strict=True)]
        return Views(
            list(indices),
            torch.stack([v.pixels for v in seen]).to(self.device),
            torch.stack([v.labels for v in seen]).to(self.device),
            torch.stack([v.inside for v in seen]).to(self.device),
        )

    def _view(self, index: int, around: Around | None, rng: np.random.Generator) -> View:
        image, labels = self.pool.read(index)
        anchor = a_pixel(around(labels), rng) if around else None
        settings, crop = self.pool.recipe.augmentation, self.pool.crop()
        window = draw_window(labels.shape, crop, settings, rng, anchor=anchor)
        seen = view(image, labels, window, crop)
        return mirrored(seen) if rng.random() < settings.flip else seen


def a_pixel(wanted: Pixels, rng: np.random.Generator) -> tuple[int, int]:
    """(row, column), uniform over the wanted ones: every labelled crop is drawn around one, so
    that sparse labels are never missed."""
    places = np.flatnonzero(wanted)
    row, column = divmod(int(places[rng.integers(len(places))]), wanted.shape[1])
    return row, column
