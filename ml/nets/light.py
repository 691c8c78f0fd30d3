"""A decoder for encoders without a fine level, such as vision transformers: two convolutions."""

from torch import nn

from ml.nets.blocks import conv
from ml.tensors import Features, Made, SmallLogits


class LightDecoder(nn.Module):
    """The context of high-level features to logits at its size; the low level is not looked at."""

    def __init__(self, channels: int, width: int, classes: int) -> None:
        super().__init__()
        self.context_channels = width
        self.narrow = conv(channels, width)
        self.look = conv(width, width, 3)
        self.classifier = nn.Conv2d(width, classes, 1)

    def context(self, high_level: Features) -> Made:
        """What the rest is made of, never negative."""
        return self.narrow(high_level)

    def forward(self, low_level: Features, context: Made) -> SmallLogits:  # noqa: ARG002
        return self.classifier(self.look(context))
