"""A segmentation network: encoder, decoder, logits at the size of the images."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from ml.errors import Failure
from ml.nets.blocks import initialise, initialise_classifier
from ml.nets.deeplab import Decoder
from ml.nets.mobilenet import MobileNetV2, start_as_identity
from ml.recipe import Network
from ml.tensors import Images, Logits


class Segmenter(nn.Module):
    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, images: Images) -> Logits:
        """Images in -1..1, of any size."""
        images = images.contiguous(memory_format=torch.channels_last)
        small = self.decoder(*self.encoder(images))
        return functional.interpolate(
            small, images.shape[-2:], mode="bilinear", align_corners=False
        )


def build(settings: Network, classes: int) -> Segmenter:
    """Untouched torch start values: for loading weights into.

    Channels last in memory: depthwise convolutions on a CPU take two thirds of the time so.
    """
    encoder = MobileNetV2(settings.width, settings.output_stride)
    channels = (encoder.low_level_channels, encoder.channels)
    network = Segmenter(encoder, Decoder(channels, settings, classes))
    return network.to(memory_format=torch.channels_last)


def start(settings: Network, classes: int, seed: int) -> Segmenter:
    """A network to train: seeded, its encoder from `settings.weights` if that is not none."""
    network = build(settings, classes)
    generator = torch.Generator().manual_seed(seed)
    initialise(network, generator)
    start_as_identity(network.encoder)
    initialise_classifier(network.decoder.classifier, generator)
    if settings.weights != "none":
        load_encoder(network.encoder, settings.weights)
    return network


def load_encoder(encoder: nn.Module, weights: str) -> None:
    """Raises Failure `bad_spec` when the weights cannot be found or do not fit."""
    try:
        state = load_file(_locate(weights))
        ours = {name.removeprefix("mobilenet_v2."): value for name, value in state.items()}
        kept = {name: ours[name] for name in encoder.state_dict()}
        encoder.load_state_dict(kept)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        # torch lists every tensor that does not fit; the first says enough.
        reason = " ".join(line.strip() for line in str(error).splitlines()[:2])
        raise Failure(
            "bad_spec",
            f"network.weights {weights!r} cannot be used: {reason}; expected none, a folder or "
            "safetensors file of MobileNetV2 weights of this width, or a name on a reachable hub",
        ) from error


def _locate(weights: str) -> Path:
    path = Path(weights)
    if path.is_dir():
        return path / "model.safetensors"
    if path.is_file():
        return path
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(weights, "model.safetensors"))
