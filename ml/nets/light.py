"""A decoder for encoders without a fine level, such as vision transformers: two convolutions."""

from torch import nn

from ml.nets.blocks import conv
from ml.tensors import Features, Made, SmallLogits


class LightDecoder(nn.Module):
    """High-level features to logits at their own size; the low level is not looked at."""

    def __init__(self, channels: int, width: int, classes: int) -> None:
        super().__init__()
        self.narrow = conv(channels, width)
        self.look = conv(width, width, 3)
        self.classifier = nn.Conv2d(width, classes, 1)

    def forward(self, low_level: Features, high_level: Made) -> SmallLogits:  # noqa: ARG002
        return self.classifier(self.look(self.narrow(high_level)))
