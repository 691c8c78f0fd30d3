"""Networks that tell real from made: of label maps, and of images."""

import itertools

import torch
from torch import nn
from torch.nn import functional

from ml.nets.seeded import seeded
from ml.tensors import Made, PixelScores, Stack

LEAST_SIDE = 32
"""Pixels that five halvings, or a patch's convolutions with their norms, leave something of."""
SLOPE = 0.2
START = 0.02


class Verdicts(nn.Module):
    """Logits (or scores) at the size of what was given, one a pixel."""

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, given: Stack) -> PixelScores:
        small: Made = self.layers(given).float()
        if small.shape[-2:] == given.shape[-2:]:
            return small
        return functional.interpolate(small, given.shape[-2:], mode="bilinear", align_corners=False)


def convolutional(channels: int, width: int, seed: int) -> Verdicts:
    """Five halvings (Hung et al. 2018): 2.783 million parameters for 21 classes and a width of
    64; at least 32 pixels a side."""
    sizes = [channels, width, 2 * width, 4 * width, 8 * width, 1]
    pairs = list(itertools.pairwise(sizes))

    def build() -> nn.Sequential:
        layers: list[nn.Module] = []
        for inputs, outputs in pairs:
            layers += [nn.Conv2d(inputs, outputs, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        return nn.Sequential(*layers[:-1])

    return Verdicts(seeded(seed, build))


def patch(channels: int, width: int, seed: int) -> Verdicts:
    """PatchGAN of three halvings (Isola et al. 2017): each verdict sees 70 x 70 pixels."""

    def build() -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(channels, width, 4, 2, 1),
            nn.LeakyReLU(SLOPE),
            *_normed(width, 2 * width, stride=2),
            *_normed(2 * width, 4 * width, stride=2),
            *_normed(4 * width, 8 * width, stride=1),
            nn.Conv2d(8 * width, 1, 4, 1, 1),
        )

    return Verdicts(_narrow(seeded(seed, build), seed))


def pixel(channels: int, width: int, seed: int) -> Verdicts:
    """1x1 convolutions, as the released code of Mondal et al. (2019): it sees no shapes."""

    def build() -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(channels, width, 1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(width, 2 * width, 1),
            nn.InstanceNorm2d(2 * width),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(2 * width, 1, 1),
        )

    return Verdicts(_narrow(seeded(seed, build), seed))


def _normed(inputs: int, outputs: int, *, stride: int) -> list[nn.Module]:
    layer = nn.Conv2d(inputs, outputs, 4, stride, 1)
    return [layer, nn.InstanceNorm2d(outputs), nn.LeakyReLU(SLOPE)]


def _narrow(layers: nn.Sequential, seed: int) -> nn.Sequential:
    """Weights from N(0, 0.02)."""
    generator = torch.Generator().manual_seed(seed)
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, std=START, generator=generator)
            nn.init.zeros_(layer.bias)
    return layers
