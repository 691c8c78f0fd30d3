"""A trained model at work: whole images in, probabilities at native size out."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from ml.device import prepare
from ml.errors import Failure
from ml.nets.segmenter import build
from ml.recipe import Recipe
from ml.resize import normalised, scaled
from ml.spec import Model, ModelFiles
from ml.tensors import Probs
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
    scale: float
    classes: int
    device: torch.device

    @torch.inference_mode()
    def probabilities(self, image: Rgb) -> Probs:
        """Softmax at the image's own size; the logits are resized, not the probabilities."""
        pixels = normalised(scaled(image, self.scale)).to(self.device)
        logits = self.network(pixels[None])
        logits = functional.interpolate(
            logits, image.shape[:2], mode="bilinear", align_corners=False
        )
        return logits[0].softmax(dim=0)

    def classify(self, image: Rgb) -> tuple[np.ndarray, np.ndarray]:
        """(class ids uint8, confidence float32), both (h, w)."""
        confidence, classes = self.probabilities(image).max(dim=0)
        return classes.to(torch.uint8).cpu().numpy(), confidence.cpu().numpy()


def load(model: Model) -> Predictor:
    """Raises Failure `bad_spec` when the files are missing or do not belong together."""
    files = model if isinstance(model, ModelFiles) else in_folder(model)
    try:
        card = Card.model_validate(json.loads(files.card.read_bytes()))
        device = prepare(card.recipe.threads)
        network = build(card.recipe.network, len(card.classes))
        network.load_state_dict(load_file(files.weights))
    except (OSError, ValueError, ValidationError, SafetensorError, RuntimeError) as error:
        raise Failure("bad_spec", f"cannot load the model {files.weights}: {error}") from error
    return Predictor(network.eval().to(device), card.recipe.scale, len(card.classes), device)


def in_folder(folder: Path) -> ModelFiles:
    return ModelFiles(weights=folder / "model.safetensors", card=folder / "model.json")
