"""Bytes to -1..1, the range that the published MobileNetV2 weights were trained on."""

from jaxtyping import Float, UInt8
from torch import Tensor


def in_range(pixels: UInt8[Tensor, "n h w 3"]) -> Float[Tensor, "n 3 h w"]:
    """A stack of them, channels last in memory."""
    return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
