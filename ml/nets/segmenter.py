"""A segmentation network: encoder, decoder, logits at the size of the images."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from ml.errors import Failure
from ml.nets.blocks import initialise, initialise_classifier
from ml.nets.deeplab import Decoder
from ml.nets.light import LightDecoder
from ml.nets.mobilenet import MobileNetV2, start_as_identity
from ml.recipe import Network
from ml.tensors import Images, Logits, PaddedImages


class Segmenter(nn.Module):
    """`multiple`: the encoder wants sides divisible by it; images are padded inside, and the
    logits cut back."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, multiple: int = 1) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.multiple = multiple

    def forward(self, images: Images) -> Logits:
        """Images in -1..1, of any size."""
        height, width = images.shape[-2:]
        padded = self._padded(images).contiguous(memory_format=torch.channels_last)
        small = self.decoder(*self.encoder(padded))
        logits = functional.interpolate(
            small, padded.shape[-2:], mode="bilinear", align_corners=False
        )
        return logits[..., :height, :width]

    def _padded(self, images: Images) -> PaddedImages:
        """At the right and below, by repeating the edge: black bars would be a thing to see."""
        height, width = images.shape[-2:]
        pads = (0, -width % self.multiple, 0, -height % self.multiple)
        return functional.pad(images, pads, mode="replicate") if any(pads) else images


def build(settings: Network, classes: int) -> Segmenter:
    """Untouched torch start values: for loading weights into.

    Channels last in memory: depthwise convolutions on a CPU take two thirds of the time so.
    """
    encoder = _encoder(settings)
    if settings.light:
        decoder: nn.Module = LightDecoder(encoder.channels, settings.decoder_channels, classes)
    else:
        channels = (encoder.low_level_channels, encoder.channels)
        decoder = Decoder(channels, settings, classes)
    network = Segmenter(encoder, decoder, getattr(encoder, "multiple", 1))
    return network.to(memory_format=torch.channels_last)


def _encoder(settings: Network) -> Any:
    if settings.encoder == "mobilenetv2":
        return MobileNetV2(settings.width, settings.output_stride)
    from ml.nets import hub

    return hub.encoder(settings.encoder)


def start(settings: Network, classes: int, seed: int) -> Segmenter:
    """A network to train: seeded, its encoder from `settings.weights` if that is not none."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build(settings, classes)
    generator = torch.Generator().manual_seed(seed)
    if settings.encoder == "mobilenetv2":
        initialise(network, generator)
        start_as_identity(network.encoder)
    else:  # the library's own start values
        initialise(network.decoder, generator)
    initialise_classifier(network.decoder.classifier, generator)
    if settings.weights != "none":
        _load(network.encoder, settings)
    return network


def _load(encoder: nn.Module, settings: Network) -> None:
    if settings.encoder == "mobilenetv2":
        load_encoder(encoder, settings.weights)
        return
    from ml.nets import hub

    hub.load(encoder, settings.encoder, settings.weights)


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
