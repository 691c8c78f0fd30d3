"""A segmentation network: encoder, decoder, logits at the size of the images."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional

from ml.errors import Failure
from ml.nets.blocks import initialise, initialise_classifier
from ml.nets.deeplab import Decoder
from ml.nets.encoder import Encoder
from ml.nets.enlarge import enlarged
from ml.nets.light import LightDecoder
from ml.nets.mobilenet import MobileNetV2
from ml.recipe import Network
from ml.tensors import Images, Logits, PaddedImages, SmallLogits


@dataclass(frozen=True)
class Encoded:
    """What a network has made of images on the way to their logits: features at two levels, and
    their context, which is never negative. `size` is (height, width) of the images, `padded` that
    of what the encoder saw."""

    low_level: Tensor
    high_level: Tensor
    context: Tensor
    size: tuple[int, int]
    padded: tuple[int, int]

    def enlarged(self, small: SmallLogits) -> Logits:
        """A map of any stride at the size of the images."""
        return enlarged(small, self.padded)[..., : self.size[0], : self.size[1]]

    def split(self, counts: Sequence[int]) -> "list[Encoded]":
        """Of so many images each."""
        each = (x.split(list(counts)) for x in (self.low_level, self.high_level, self.context))
        return [Encoded(*parts, self.size, self.padded) for parts in zip(*each, strict=True)]


class Segmenter(nn.Module):
    """Images are padded inside to what the encoder takes, and the logits cut back."""

    def __init__(self, encoder: Encoder, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, images: Images) -> Logits:
        """Images in -1..1, of any size."""
        return self.decode(self.encode(images))

    @property
    def context_channels(self) -> int:
        return self.decoder.context_channels

    def encode(self, images: Images) -> Encoded:
        size, padded = images.shape[-2:], self._padded(images)
        seen = padded.contiguous(memory_format=torch.channels_last)
        low_level, high_level = self.encoder(seen)
        context = self.decoder.context(high_level)
        return Encoded(low_level, high_level, context, size, padded.shape[-2:])

    def decode(self, encoded: Encoded) -> Logits:
        return encoded.enlarged(self.decoder(encoded.low_level, encoded.context))

    def _padded(self, images: Images) -> PaddedImages:
        """At the right and below, by repeating the edge: black bars would be a thing to see."""
        height, width = images.shape[-2:]
        multiple = self.encoder.multiple
        pads = (0, -width % multiple, 0, -height % multiple)
        return functional.pad(images, pads, mode="replicate") if any(pads) else images


def build(settings: Network, classes: int) -> Segmenter:
    """Untouched torch start values: for loading weights into.

    Channels last in memory: depthwise convolutions on a CPU take two thirds of the time so.
    """
    encoder = _encoder(settings)
    if settings.light:
        decoder: nn.Module = LightDecoder(encoder.channels, settings.decoder_channels, classes)
    else:
        decoder = Decoder((encoder.low_level_channels, encoder.channels), settings, classes)
    return Segmenter(encoder, decoder).to(memory_format=torch.channels_last)


def start(settings: Network, classes: int, seed: int) -> Segmenter:
    """A network to train: seeded, its encoder from `settings.weights` if that is not none.

    Raises Failure `bad_spec` when the weights cannot be found or do not fit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build(settings, classes)
    generator = torch.Generator().manual_seed(seed)
    network.encoder.initialise(generator)
    initialise(network.decoder, generator)
    initialise_classifier(network.decoder.classifier, generator)
    if settings.weights != "none":
        _load(network.encoder, settings)
    return network


def _encoder(settings: Network) -> Encoder:
    if settings.encoder == "mobilenetv2":
        return MobileNetV2(settings.width, settings.output_stride)
    from ml.nets import hub

    return hub.encoder(settings.encoder)


def _load(encoder: Encoder, settings: Network) -> None:
    try:
        encoder.load(settings.weights)
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
        # torch lists every tensor that does not fit; the first says enough.
        reason = " ".join(line.strip() for line in str(error).splitlines()[:2])
        raise Failure(
            "bad_spec",
            f"network.weights {settings.weights!r} cannot be used for {settings.encoder}: "
            f"{reason}; expected none, a folder with model.safetensors of this encoder (and "
            "config.json, but for mobilenetv2), or a name on a reachable hub",
        ) from error
