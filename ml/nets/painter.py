"""The generator that paints images from label maps (Johnson et al. 2016, Zhu et al. 2017): two
halvings, residual blocks, two doublings, instance norms; no dropout, as the paper of Mondal et al.
(2019) has it."""

import torch
from torch import nn
from torch.nn import functional

from ml.nets.seeded import seeded
from ml.tensors import Images, Stack

MULTIPLE = 4
START = 0.02


class Painter(nn.Module):
    """Label maps to images in -1..1, of any size."""

    def __init__(self, channels: int, width: int, blocks: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(3),
            *_normed(nn.Conv2d(channels, width, 7)),
            *_normed(nn.Conv2d(width, 2 * width, 3, 2, 1)),
            *_normed(nn.Conv2d(2 * width, 4 * width, 3, 2, 1)),
            *(Residual(4 * width) for _ in range(blocks)),
            *_normed(nn.ConvTranspose2d(4 * width, 2 * width, 3, 2, 1, output_padding=1)),
            *_normed(nn.ConvTranspose2d(2 * width, width, 3, 2, 1, output_padding=1)),
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, 3, 7),
            nn.Tanh(),
        )

    def forward(self, labels: Stack) -> Images:
        height, width = labels.shape[-2:]
        pads = (0, -width % MULTIPLE, 0, -height % MULTIPLE)
        padded = functional.pad(labels, pads, mode="replicate") if any(pads) else labels
        return self.layers(padded)[..., :height, :width]


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1),
            *_normed(nn.Conv2d(width, width, 3)),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width),
        )

    def forward(self, features: Stack) -> Stack:
        return features + self.layers(features)


def painter(channels: int, width: int, blocks: int, seed: int) -> Painter:
    """Weights from N(0, 0.02)."""
    made = seeded(seed, lambda: Painter(channels, width, blocks))
    generator = torch.Generator().manual_seed(seed)
    for layer in made.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=START, generator=generator)
            nn.init.zeros_(layer.bias)
    return made


def _normed(layer: nn.Module) -> list[nn.Module]:
    outputs = layer.out_channels
    return [layer, nn.InstanceNorm2d(outputs), nn.ReLU(inplace=True)]
