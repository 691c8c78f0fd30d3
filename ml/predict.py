"""A trained model at work: whole images in, probabilities at native size out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from ml import tiles
from ml.acquisition import best
from ml.device import passes, prepare
from ml.errors import Failure
from ml.nets.segmenter import build
from ml.ranges import normalised
from ml.recipe import Precision, Recipe
from ml.resize import scaled
from ml.spec import Model, ModelFiles
from ml.strategy import Which
from ml.tensors import Pixels, Probs, Rows, Strip
from ml.types import Rgb


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


@dataclass(frozen=True)
class Predictor:
    network: nn.Module
    recipe: Recipe
    classes: int
    device: torch.device

    def strips(self, image: Rgb) -> Iterator[Strip]:
        """(first row, softmax of so many rows) at the image's own size, from top to bottom; the
        logits are resized, not the probabilities."""
        pixels = normalised(scaled(image, self.recipe.scale)).to(self.device)
        top, size = 0, (image.shape[0], image.shape[1])
        for logits in tiles.strips(self._logits, pixels, size, self.recipe.prediction):
            yield top, logits.softmax(dim=0)
            top += logits.shape[1]

    @torch.inference_mode()
    def _logits(self, pixels: Pixels) -> Rows:
        with _passes(self.recipe.precision, self.device):
            return self.network(pixels[None])[0].float()

    def probabilities(self, image: Rgb) -> Probs:
        """Of the whole image at once."""
        return torch.cat([probs for _, probs in self.strips(image)], dim=1)

    def classify(self, image: Rgb) -> tuple[np.ndarray, np.ndarray]:
        """(class ids uint8, confidence float32), both (h, w)."""
        found = [best(probs) for _, probs in self.strips(image)]
        classes, confidence = (torch.cat(each).cpu() for each in zip(*found, strict=True))
        return classes.numpy(), confidence.numpy()


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
        raise Failure("bad_spec", f"cannot load the model {files.weights}: {error}") from error
    return Predictor(network.eval().to(device), card.recipe, len(card.classes), device)


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
