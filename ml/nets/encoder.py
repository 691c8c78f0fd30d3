"""What a segmenter asks of an encoder."""

from abc import ABC, abstractmethod

import torch
from torch import nn

from ml.tensors import Features, Images, Made


class Encoder(nn.Module, ABC):
    """Images in -1..1 to features at two levels.

    `multiple`: what the sides of the images must be divisible by. `low_level_channels` is 0 where
    there is no fine level.
    """

    multiple: int = 1
    low_level_channels: int
    channels: int

    @abstractmethod
    def forward(self, images: Images) -> tuple[Features, Made]:
        """(low-level features at stride 4, high-level features)."""

    @abstractmethod
    def initialise(self, generator: torch.Generator) -> None:
        """Random start values."""

    @abstractmethod
    def load(self, weights: str) -> None:
        """Published weights, by folder, file or hub name. Raises what reading them raises."""
