"""S4AL's step done the way its authors' code does it, in words of our own: what we are compared to.

What counts here is which operations there are, in what order: files are opened for every view; a
replayed image is read three times over, once for its pixels, its labels and what was asked of it;
views are changed again as 8-bit pictures, one by one; label maps are mixed as a plane for each
class; the student goes through each batch by itself; the teacher follows parameter by parameter.
Network, optimiser, sizes and batches are those of the recipe.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageEnhance
from torch import Tensor, nn
from torch.nn import functional

from ml.images import read_labels
from ml.recipe import Schedule
from ml.spec import ImageItem
from ml.types import NOT_ASKED, VOID

Sample = tuple[Tensor, Tensor, Tensor]
"""An image (3, h, w) in 0..1, its labels (h, w), and which of them were asked for."""


class Believed(NamedTuple):
    """Images (n, 3, h, w), labels and confidences (n, h, w)."""

    images: Tensor
    labels: Tensor
    confidence: Tensor

    def next(self) -> "Believed":
        return Believed(*(each.roll(-1, dims=0) for each in self))


class Reader:
    """Views of a pool, each from its files; `reads` counts them."""

    def __init__(self, pool: Sequence[ImageItem], seed: int) -> None:
        self.pool, self.rng, self.reads = pool, np.random.default_rng(seed), 0

    def __len__(self) -> int:
        return len(self.pool)

    def __getitem__(self, index: int) -> Sample:
        item = self.pool[index]
        self.reads += 1
        with Image.open(item.path) as file:
            image = file.convert("RGB")
        labels = Image.fromarray(read_labels(item))
        image, labels = cut_again([image, labels], self.rng)
        if self.rng.random() < 0.5:
            image, labels = (each.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
                             for each in (image, labels))  # fmt: skip
        found = torch.from_numpy(np.array(labels)).long()
        return as_tensor(jittered(image, self.rng)), found, found != NOT_ASKED

    def batch(self, count: int) -> list[Tensor]:
        """Of images drawn at random, one view after another."""
        drawn = [self[int(i)] for i in self.rng.integers(len(self.pool), size=count)]
        return [torch.stack(each) for each in zip(*drawn, strict=True)]


def cut_again(pictures: Sequence[Image.Image], rng: np.random.Generator) -> list[Image.Image]:
    """All of them scaled by 0.75 to 1.25 and cropped to their size, padded where that is small."""
    width, height = pictures[0].size
    zoom = rng.uniform(0.75, 1.25)
    size = round(width * zoom), round(height * zoom)
    left, top = (int(rng.integers(min(0, a - b), max(0, a - b) + 1))
                 for a, b in zip(size, (width, height), strict=True))  # fmt: skip
    box = (left, top, left + width, top + height)
    smooth, exact = Image.Resampling.BILINEAR, Image.Resampling.NEAREST
    return [
        each.resize(size, smooth if each.mode == "RGB" else exact).crop(box) for each in pictures
    ]


def jittered(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    if rng.random() < 0.5:
        return image
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast):
        image = enhance(image).enhance(rng.uniform(0.75, 1.25))
    return image


def as_tensor(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


def as_picture(image: Tensor) -> Image.Image:
    """Rounded to 8 bits."""
    return Image.fromarray((image * 255).byte().permute(1, 2, 0).numpy())


class Published:
    """Student, teacher and what they see; `step` is one update with every term of the loss."""

    def __init__(
        self,
        networks: tuple[nn.Module, nn.Module],
        optimiser: torch.optim.Optimizer,
        reader: Reader,
        schedule: Schedule,
        classes: int,
    ) -> None:
        self.student, self.teacher = networks
        self.optimiser, self.reader, self.classes = optimiser, reader, classes
        self.schedule, self.rng = schedule, np.random.default_rng(1)

    def step(self, _: int) -> float:
        self.optimiser.zero_grad(set_to_none=True)
        images, labels, _asked = self.reader.batch(self.schedule.labelled_batch)
        loss = functional.cross_entropy(self.student(images), labels, ignore_index=VOID)
        count = self.schedule.unlabelled_batch
        current = self.cut(self.believed(*self.reader.batch(count)))
        loss = loss + self.pseudo(self.mixed(current, current.next()))
        loss = loss + self.pseudo(
            self.mixed(self.cut(self.believed(*self.replayed(count))), current)
        )
        loss.backward()
        self.optimiser.step()
        self.follow(0.99)
        return float(loss.detach())

    def replayed(self, count: int) -> list[Tensor]:
        """Each read for its pixels, then for its labels, then for what was asked of it."""
        places = [int(i) for i in self.rng.integers(len(self.reader), size=count)]
        return [torch.stack([self.reader[i][part] for i in places]) for part in range(3)]

    @torch.no_grad()
    def believed(self, images: Tensor, labels: Tensor, asked: Tensor) -> Believed:
        """The teacher's word, but where people said theirs."""
        confidence, found = self.teacher(images).softmax(dim=1).max(dim=1)
        found = torch.where(asked, labels, found)
        return Believed(images, found, torch.where(asked, torch.ones_like(confidence), confidence))

    def cut(self, seen: Believed) -> Believed:
        """Scaled and cropped once more, as 8-bit pictures."""
        parts = []
        for image, labels, confidence in zip(*seen, strict=True):
            maps = (labels.byte(), (confidence * 255).byte())
            pictures = [as_picture(image), *(Image.fromarray(each.numpy()) for each in maps)]
            again = cut_again(pictures, self.rng)
            classes, sure = (torch.from_numpy(np.array(each)) for each in again[1:])
            parts.append((as_tensor(again[0]), classes.long(), sure.float() / 255))
        return Believed(*(torch.stack(each) for each in zip(*parts, strict=True)))

    def mixed(self, above: Believed, below: Believed) -> Believed:
        """Half of the classes pasted, with a plane for each class, void among them."""
        planes, others = self._planes(above.labels), self._planes(below.labels)
        chosen = torch.stack([self._chosen(each) for each in planes])
        mask = (planes * chosen[:, :, None, None]).sum(dim=1, keepdim=True)
        images = mask * above.images + (1 - mask) * below.images
        classes = (mask * planes + (1 - mask) * others).argmax(dim=1)
        sure = mask[:, 0] * above.confidence + (1 - mask[:, 0]) * below.confidence
        strong = [as_tensor(jittered(as_picture(each), self.rng)) for each in images]
        return Believed(torch.stack(strong), classes, sure)

    def _planes(self, labels: Tensor) -> Tensor:
        planes = functional.one_hot(labels.clamp(max=self.classes), self.classes + 1)
        return planes.permute(0, 3, 1, 2).float()

    def _chosen(self, planes: Tensor) -> Tensor:
        present = planes.sum(dim=(1, 2)).nonzero()[:, 0].numpy()
        some = self.rng.choice(present, max(1, len(present) // 2), replace=False)
        return torch.zeros(len(planes)).index_fill(0, torch.from_numpy(some), 1)

    def pseudo(self, mixed: Believed) -> Tensor:
        """Each pixel by its confidence and by the share of sure ones in its image."""
        wanted = mixed.labels.where(mixed.labels < self.classes, VOID)
        loss = functional.cross_entropy(
            self.student(mixed.images), wanted, ignore_index=VOID, reduction="none"
        )
        known = (wanted != VOID).sum(dim=(1, 2)).clamp(min=1)
        sure = (mixed.confidence >= 0.97).sum(dim=(1, 2)) / known
        weighed = sure[:, None, None] * mixed.confidence * loss
        return weighed.sum() / (weighed > 0).sum().clamp(min=1)

    @torch.no_grad()
    def follow(self, keep: float) -> None:
        for ours, theirs in zip(self.teacher.parameters(), self.student.parameters(), strict=True):
            ours.data = keep * ours.data + (1 - keep) * theirs.data
