"""The decoder that CCT puts beside the main one (Ouali et al. 2020): a 1x1 convolution and three
doublings by pixel shuffle.

As published, but that the last block has no ReLU, which kept logits from being negative.
"""

import torch
from torch import nn

from ml.tensors import Features, Made

DOUBLINGS = 3


class AuxiliaryDecoder(nn.Sequential):
    """Context to logits at eight times its size, to be enlarged to that of the images."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__(nn.Conv2d(channels, classes, 1, bias=False))
        nn.init.kaiming_normal_(self[0].weight, nonlinearity="relu")
        for last in [False] * (DOUBLINGS - 1) + [True]:
            self.append(_smooth(nn.Conv2d(classes, 4 * classes, 1)))
            if not last:
                self.append(nn.ReLU(inplace=True))
            self.append(nn.PixelShuffle(2))

    def forward(self, context: Features) -> Made:
        return super().forward(context)


@torch.no_grad()
def _smooth(layer: nn.Conv2d) -> nn.Conv2d:
    """Equal start values for the four places that a value becomes (ICNR: Aitken et al. 2017)."""
    nn.init.kaiming_normal_(layer.weight[::4])
    layer.weight.copy_(layer.weight[::4].repeat_interleave(4, dim=0))
    nn.init.zeros_(layer.bias)
    return layer
