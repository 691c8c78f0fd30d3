"""A trained model at work: whole images in, probabilities at native size out.

Small images go through the network a few at a time: the layers of a small network cost more to
call than to compute.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from ml import tiles
from ml.acquisition import best
from ml.device import passes, prepare
from ml.errors import Failure
from ml.images import read_rgb
from ml.nets.fused import fused
from ml.nets.segmenter import build
from ml.presets import reasons
from ml.ranges import in_range
from ml.recipe import Precision, Recipe
from ml.resize import target_size
from ml.spec import ImageItem, Model, ModelFiles
from ml.strategy import Which
from ml.tensors import Images, Logits, Pixels, Probs, Rows, Strip
from ml.types import Classified, Confidences, ScaledRgb


class Card(BaseModel):
    """`model.json`: what the weights beside it are."""

    model_config = ConfigDict(extra="forbid")

    recipe: Recipe
    classes: list[str]
    network: str
    seed: int
    steps: int
    seconds: float
    parameters: int
    torch_version: str
    losses: dict[str, float]
    spec_digest: str


AT_ONCE, AT_ONCE_PX = 4, 2**17
"""Images of one pass, and their pixels at the network's scale; more gain nothing on a CPU."""


class Pictures(NamedTuple):
    """Images of one size, at the network's scale; `size` is their own (height, width)."""

    pixels: Sequence[ScaledRgb]
    size: tuple[int, int]


@dataclass(frozen=True)
class Predictor:
    network: nn.Module
    recipe: Recipe
    classes: int
    device: torch.device

    def groups(self, items: Sequence[ImageItem]) -> list[Sequence[ImageItem]]:
        """Neighbours of one size, as many as one pass is for."""
        found: list[Sequence[ImageItem]] = []
        for size, same in groupby(items, lambda item: (item.height, item.width)):
            alike, most = list(same), self._most(target_size(*size, self.recipe.scale))
            found += [alike[first : first + most] for first in range(0, len(alike), most)]
        return found

    def _most(self, size: tuple[int, int]) -> int:
        if not tiles.whole(size, self.recipe.prediction):
            return 1
        return min(AT_ONCE, max(1, AT_ONCE_PX // (size[0] * size[1])))

    def read(self, items: Sequence[ImageItem]) -> Pictures:
        """Images of one size. Raises Failure `unreadable_image`."""
        pixels = [read_rgb(item, self.recipe.scale) for item in items]
        return Pictures(pixels, (items[0].height, items[0].width))

    def strips(self, pictures: Pictures) -> Iterator[Iterator[Strip]]:
        """For each image (first row, softmax of so many rows) at the image's own size, from top
        to bottom; the logits are resized, not the probabilities."""
        pixels = [
            in_range(torch.from_numpy(each)[None]).to(self.device) for each in pictures.pixels
        ]
        if len(pixels) == 1:
            yield self._native(self._tile, pixels[0][0], pictures.size)
            return
        for each, logits in zip(pixels, self._logits(torch.cat(pixels)), strict=True):
            yield self._native(lambda _, known=logits: known, each[0], pictures.size)

    def _native(
        self, network: tiles.Network, pixels: Pixels, size: tuple[int, int]
    ) -> Iterator[Strip]:
        top = 0
        for logits in tiles.strips(network, pixels, size, self.recipe.prediction):
            yield top, logits.softmax(dim=0)
            top += logits.shape[1]

    def _tile(self, pixels: Pixels) -> Rows:
        return self._logits(pixels[None])[0]

    @torch.inference_mode()
    def _logits(self, images: Images) -> Logits:
        """Class by class in memory: what comes after goes so."""
        with _passes(self.recipe.precision, self.device):
            return self.network(images).float().contiguous()

    def probabilities(self, pictures: Pictures) -> Iterator[Probs]:
        """Of each whole image at once."""
        for strips in self.strips(pictures):
            yield torch.cat([probs for _, probs in strips], dim=1)

    def classify(self, pictures: Pictures) -> Iterator[tuple[Classified, Confidences]]:
        """The most probable class of each pixel, and its probability, for each image."""
        for strips in self.strips(pictures):
            found = [best(probs) for _, probs in strips]
            classes, confidences = (torch.cat(each).cpu() for each in zip(*found, strict=True))
            yield classes.numpy(), confidences.numpy()


def _passes(precision: Precision, device: torch.device) -> torch.autocast:
    """As in training, but that a model trained in fp16 on a GPU is at work on a CPU too."""
    on_cpu = precision == "fp16" and device.type == "cpu"
    return passes("fp32" if on_cpu else precision, device)


STUDENT = "student/"
"""What the names of the student's tensors start with, in a file that holds its teacher as well."""


def load(model: Model, which: Which = "teacher") -> Predictor:
    """The asked network, or the only one there is.

    Raises Failure `bad_spec` when the files are missing or do not belong together.
    """
    files = model if isinstance(model, ModelFiles) else in_folder(model)
    try:
        card = Card.model_validate(json.loads(files.card.read_bytes()))
        device = prepare(card.recipe.threads)
        network = build(card.recipe.network, len(card.classes))
        network.load_state_dict(_state(load_file(files.weights), card, which))
    except (OSError, ValueError, ValidationError, SafetensorError, RuntimeError) as error:
        reason = reasons(error) if isinstance(error, ValidationError) else error
        what_to_do = "give a folder with the model.safetensors and model.json of a training"
        raise Failure(
            "bad_spec", f"cannot load the model {files.weights}: {reason}; {what_to_do}"
        ) from error
    return Predictor(fused(network).to(device), card.recipe, len(card.classes), device)


def carry_over(model: Model, network: nn.Module, classes: Sequence[str]) -> None:
    """The weights of the model's own network into one that goes on learning.

    Raises Failure `bad_spec` when it has other classes or is another network.
    """
    files = model if isinstance(model, ModelFiles) else in_folder(model)
    try:
        card = Card.model_validate(json.loads(files.card.read_bytes()))
        if card.classes != list(classes):
            raise ValueError(f"it tells {card.classes} apart; expected {list(classes)}")
        network.load_state_dict(_state(load_file(files.weights), card, card.network))
    except (OSError, ValueError, SafetensorError, RuntimeError) as error:
        # torch lists every tensor that does not fit; the first says enough.
        reason = " ".join(line.strip() for line in str(error).splitlines()[:2])
        raise Failure(
            "bad_spec",
            f"cannot continue the model {files.weights}: {reason}; expected a model of the "
            "recipe's network and of the same classes",
        ) from error


def other_of(model: Model, which: Which) -> Predictor | None:
    """The model's other network; None where it has one alone."""
    files = model if isinstance(model, ModelFiles) else in_folder(model)
    with safe_open(files.weights, "pt") as kept:
        alone = not any(name.startswith(STUDENT) for name in kept.keys())  # noqa: SIM118
    return None if alone else load(model, "student" if which == "teacher" else "teacher")


def _state(tensors: dict[str, Tensor], card: Card, which: Which) -> dict[str, Tensor]:
    student = {n.removeprefix(STUDENT): t for n, t in tensors.items() if n.startswith(STUDENT)}
    if student and which != card.network:
        return student
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(STUDENT)}


def in_folder(folder: Path) -> ModelFiles:
    return ModelFiles(weights=folder / "model.safetensors", card=folder / "model.json")
