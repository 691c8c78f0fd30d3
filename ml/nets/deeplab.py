"""The DeepLabv3+ decoder (Chen et al. 2018): dilated pyramid, then detail from stride 4.

One 3x3 convolution after the junction, as in the published 5.22 M parameter MobileNetV2 form.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from ml.nets.blocks import conv, separable_conv
from ml.recipe import Network
from ml.tensors import Features, Made, SmallLogits


class Decoder(nn.Module):
    """Low-level features and the context of high-level ones to logits at the low level's size."""

    def __init__(self, channels: tuple[int, int], settings: Network, classes: int) -> None:
        super().__init__()
        low, high = channels
        block = separable_conv if settings.separable else conv
        width = self.context_channels = settings.decoder_channels
        self.pyramid = Pyramid(high, width, settings.rates, settings.separable)
        self.detail = conv(low, settings.low_level_channels)
        self.join = block(width + settings.low_level_channels, width, 3)
        self.classifier = nn.Conv2d(width, classes, 1)

    def context(self, high_level: Features) -> Made:
        """What the rest is made of, never negative, at the size of the high level."""
        return self.pyramid(high_level)

    def forward(self, low_level: Features, context: Made) -> SmallLogits:
        size = low_level.shape[-2:]
        context = functional.interpolate(context, size, mode="bilinear", align_corners=False)
        return self.classifier(self.join(torch.cat([context, self.detail(low_level)], dim=1)))


class Pyramid(nn.Module):
    """ASPP: a 1x1, dilated 3x3 convolutions and the image mean, side by side, then merged."""

    def __init__(self, inputs: int, width: int, rates: Sequence[int], separable: bool) -> None:
        super().__init__()
        block = separable_conv if separable else conv
        self.branches = nn.ModuleList([conv(inputs, width)])
        self.branches.extend(block(inputs, width, 3, rate) for rate in rates)
        # No batch norm: one value per image and channel is too few to take statistics of.
        self.mean = nn.Sequential(nn.Conv2d(inputs, width, 1), nn.ReLU(inplace=True))
        self.merge = conv(width * (len(rates) + 2), width)

    def forward(self, features: Features) -> Made:
        mean = self.mean(features.mean(dim=(2, 3), keepdim=True))
        views = [branch(features) for branch in self.branches]
        return self.merge(torch.cat([*views, mean.expand_as(views[0])], dim=1))
