"""The batch of any step, as a function of the step and the seed.

A plan says which images a step sees; views are cut from them one by one, by threads if need be;
a batch is what the network gets.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from ml.augment import Frame, View, draw_window, mirrored, view
from ml.draws import Sampler, Stream, generator
from ml.errors import Failure
from ml.pool import Pool
from ml.ranges import in_range
from ml.sampling import Around, labelled_draws
from ml.tensors import Flags, Images, Labels
from ml.types import NOT_ASKED, Pixels


@dataclass(frozen=True)
class Task:
    """One view to be cut: `position` in its part of the batch, `index` in the pool, and around
    which pixels (anywhere if None)."""

    stream: Stream
    position: int
    index: int
    around: Around | None = None


@dataclass(frozen=True)
class Plan:
    """The images of one step by their places in the pool, over all processes of a training.
    `around` follows from the step and says where the labelled ones may be cropped."""

    step: int
    labelled: tuple[int, ...]
    unlabelled: tuple[int, ...] = ()
    replay: tuple[int, ...] = ()
    around: tuple[Around, ...] = field(default=(), compare=False)

    def tasks(self) -> dict[Stream, list[Task]]:
        return {
            Stream.LABELLED: [
                Task(Stream.LABELLED, i, index, around)
                for i, (index, around) in enumerate(zip(self.labelled, self.around, strict=True))
            ],
            Stream.UNLABELLED: [
                Task(Stream.UNLABELLED, *each) for each in enumerate(self.unlabelled)
            ],
            Stream.REPLAY: [Task(Stream.REPLAY, *each) for each in enumerate(self.replay)],
        }


@dataclass(frozen=True)
class Views:
    """A stack of views; `indices` are places in the pool, `known` counts the pixels of each that
    are labelled with a class, `frames` say where each comes from (nothing where nobody needs it).
    """

    indices: list[int]
    images: Images
    labels: Labels
    inside: Flags
    known: tuple[int, ...] = ()
    frames: tuple[Frame, ...] = ()

    def split(self, parts: int) -> "list[Views]":
        """Near-equal pieces, in their order."""
        return [self._at(cut) for cut in cuts(len(self.indices), parts)]

    def _at(self, place: slice) -> "Views":
        tensors = (self.images[place], self.labels[place], self.inside[place])
        return Views(self.indices[place], *tensors, self.known[place], self.frames[place])


@dataclass(frozen=True)
class Batch:
    """`replay` are the images that the method asked for; None where a method needs no such.

    `part` numbers the pieces of a batch whose gradients are averaged; `weight` is what the mean
    over this piece's labelled pixels counts, so that the average is the mean over all of them.
    """

    labelled: Views
    unlabelled: Views | None = None
    replay: Views | None = None
    part: int = 0
    weight: float = 1.0

    def split(self, parts: int) -> "list[Batch]":
        """Pieces that number on from this one's `part`, itself counted in such pieces."""
        if parts == 1:
            return [self]
        labelled, unlabelled, replay = (
            [None] * parts if views is None else views.split(parts)
            for views in (self.labelled, self.unlabelled, self.replay)
        )
        known = max(sum(self.labelled.known), 1)
        weights = [self.weight * parts * sum(views.known) / known for views in labelled]
        numbers = range(self.part * parts, (self.part + 1) * parts)
        pieces = zip(labelled, unlabelled, replay, numbers, weights, strict=True)
        return [Batch(*piece) for piece in pieces]


@dataclass(frozen=True)
class Share:
    """Which of the equal parts of every batch are made here: one for each process."""

    rank: int = 0
    count: int = 1

    def of(self, total: int) -> slice:
        return cuts(total, self.count)[self.rank]


def cuts(total: int, parts: int) -> list[slice]:
    """Near-equal ranges over 0..total-1, the larger ones first."""
    ends = np.cumsum([0, *(len(each) for each in np.array_split(np.arange(total), parts))])
    return [slice(int(a), int(b)) for a, b in itertools.pairwise(ends)]


class Batches:
    """Plans and views of any step. `counts` are the labelled pixels of each class in each labelled
    image."""

    def __init__(
        self,
        pool: Pool,
        labelled: Sequence[int],
        seed: int,
        device: torch.device,
        *,
        share: Share | None = None,
    ):
        """Raises Failure `no_labels`."""
        if not labelled:
            raise Failure(
                "no_labels",
                f"none of the {len(pool)} pool images has a pixel labelled with a class; "
                "label some regions first",
            )
        self.pool, self.places, self.seed, self.device = pool, labelled, seed, device
        self.share = share or Share()
        self.counts = pool.counts(labelled)
        self._labelled = labelled_draws(self.counts, pool.recipe, seed)
        count = pool.recipe.schedule.unlabelled_batch
        self._unlabelled = Sampler(len(pool), count, seed, Stream.UNLABELLED)

    def plan(self, step: int, *, unlabelled: bool, replay: Sequence[int] = ()) -> Plan:
        drawn = self._labelled.at(step)
        return Plan(
            step,
            tuple(self.places[each.index] for each in drawn),
            tuple(self._unlabelled.indices(step)) if unlabelled else (),
            tuple(replay),
            tuple(each.around for each in drawn),
        )

    def tasks(self, plan: Plan) -> list[Task]:
        """The views to be cut in this process."""
        return [task for each in plan.tasks().values() for task in each[self.share.of(len(each))]]

    def view(self, step: int, task: Task) -> View:
        """Its draws depend on nothing but its place: views may be cut in any order, anywhere."""
        rng = generator(self.seed, task.stream, step, task.position)
        image, canvas = self.pool.read(task.index)
        anchor = a_pixel(task.around(canvas), rng) if task.around else None
        settings, crop = self.pool.recipe.augmentation, self.pool.crop()
        window = draw_window(canvas.shape, crop, settings, rng, anchor=anchor)
        seen = view(image, canvas, window, crop)
        return mirrored(seen) if rng.random() < settings.flip else seen

    def batch(self, plan: Plan, views: Sequence[View]) -> Batch:
        """Of the views of all its tasks, in their order, on the device."""
        each = list(zip(self.tasks(plan), views, strict=True))
        labelled, unlabelled, replay = (
            self._stacked([pair for pair in each if pair[0].stream is stream])
            for stream in (Stream.LABELLED, Stream.UNLABELLED, Stream.REPLAY)
        )
        assert labelled is not None, plan
        return Batch(labelled, unlabelled, replay, self.share.rank)

    def at(self, step: int, *, unlabelled: bool, replay: Sequence[int] = ()) -> Batch:
        """The batch of a step that needs no other to be over."""
        plan = self.plan(step, unlabelled=unlabelled, replay=replay)
        return self.batch(plan, [self.view(step, task) for task in self.tasks(plan)])

    def _stacked(self, cut: Sequence[tuple[Task, View]]) -> Views | None:
        if not cut:
            return None
        labels = [view.labels for _, view in cut]
        return Views(
            [task.index for task, _ in cut],
            in_range(self._sent([view.pixels for _, view in cut])),
            self._sent(labels).long(),
            self._sent([view.inside for _, view in cut]),
            tuple(int((each < NOT_ASKED).sum()) for each in labels),
            tuple(view.frame for _, view in cut),
        )

    def _sent(self, arrays: Sequence[np.ndarray]) -> torch.Tensor:
        stack = torch.from_numpy(np.stack(arrays))
        if self.device.type == "cpu":
            return stack
        return stack.pin_memory().to(self.device, non_blocking=True)


def a_pixel(wanted: Pixels, rng: np.random.Generator) -> tuple[int, int]:
    """(row, column), uniform over the wanted ones: every labelled crop is drawn around one, so
    that sparse labels are never missed."""
    places = np.flatnonzero(wanted)
    row, column = divmod(int(places[rng.integers(len(places))]), wanted.shape[1])
    return row, column
