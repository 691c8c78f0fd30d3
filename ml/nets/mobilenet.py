"""MobileNetV2 (Sandler et al. 2018) as an encoder, in the layout of the published weights.

Own code rather than `transformers`' class: importing that costs each stage over four seconds,
and its batch norms keep 0.3 % of their history, which makes evaluation follow the last batch.
Module names equal the published state dict, so its files load as they are.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from ml.nets.blocks import initialise, norm
from ml.nets.encoder import Encoder
from ml.tensors import Features, Images, Made

CHANNELS = (16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320)
STRIDES = (2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1)
EXPANSION = 6
LOW_LEVEL_LAYER = 1


class MobileNetV2(Encoder):
    """Features at stride 4 (low level) and at `output_stride` (dilated from there on)."""

    def __init__(self, width: float, output_stride: int) -> None:
        super().__init__()
        channels = [divisible(round(c * width)) for c in CHANNELS]
        self.low_level_channels = channels[LOW_LEVEL_LAYER + 1]
        self.channels = channels[-1]
        self.conv_stem = _Stem(divisible(round(32 * width)), channels[0])
        self.layer = nn.ModuleList(
            _Inverted(channels[i], channels[i + 1], stride, dilation)
            for i, (stride, dilation) in enumerate(_strides(output_stride))
        )

    def forward(self, images: Images) -> tuple[Features, Made]:
        """(low-level features, high-level features) of images in -1..1."""
        features = self.conv_stem(images)
        for layer in self.layer[: LOW_LEVEL_LAYER + 1]:
            features = layer(features)
        low_level = features
        for layer in self.layer[LOW_LEVEL_LAYER + 1 :]:
            features = layer(features)
        return low_level, features

    def initialise(self, generator: torch.Generator) -> None:
        """Residual branches start at zero (Goyal et al. 2017): a deep network of few channels then
        learns from its first steps, worth two points of mIoU in a training of minutes."""
        initialise(self, generator)
        for layer in self.layer:
            if layer.residual:
                nn.init.zeros_(layer.reduce_1x1.normalization.weight)

    def load(self, weights: str) -> None:
        """The published names may start with the name of the model that they were part of."""
        state = load_file(_located(weights))
        ours = {name.removeprefix("mobilenet_v2."): value for name, value in state.items()}
        self.load_state_dict({name: ours[name] for name in self.state_dict()})


def _located(weights: str) -> Path:
    path = Path(weights)
    if path.is_dir():
        return path / "model.safetensors"
    if path.is_file():
        return path
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(weights, "model.safetensors"))


def divisible(channels: int) -> int:
    """To the nearest multiple of 8, at least 8, never more than 10 % below."""
    rounded = max(8, (channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def _strides(output_stride: int) -> list[tuple[int, int]]:
    """(stride, dilation) per layer: past the output stride, strides become dilation."""
    plan, reached, dilation = [], 2, 1
    for stride in STRIDES:
        if reached == output_stride:
            plan.append((1, dilation))
            dilation *= stride
        else:
            plan.append((stride, 1))
            reached *= stride
    return plan


class _Layer(nn.Module):
    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        dilation: int = 1,
        depthwise: bool = False,
        activation: bool = True,
    ) -> None:
        super().__init__()
        self.overhang = kernel == 3 and stride == 2
        self.convolution = nn.Conv2d(
            inputs,
            outputs,
            kernel,
            stride=stride,
            padding=0 if self.overhang else dilation * (kernel // 2),
            dilation=dilation,
            groups=inputs if depthwise else 1,
            bias=False,
        )
        self.normalization = norm(outputs)
        self.activation = activation

    def forward(self, features: Features) -> Made:
        if self.overhang:
            # TensorFlow's "same": even sizes are padded at the far side only.
            height, width = features.shape[-2:]
            features = functional.pad(features, (width % 2, 1, height % 2, 1))
        features = self.normalization(self.convolution(features))
        return functional.relu6(features, inplace=True) if self.activation else features


class _Stem(nn.Module):
    def __init__(self, middle: int, outputs: int) -> None:
        super().__init__()
        self.first_conv = _Layer(3, middle, 3, stride=2)
        self.conv_3x3 = _Layer(middle, middle, 3, depthwise=True)
        self.reduce_1x1 = _Layer(middle, outputs, activation=False)

    def forward(self, images: Images) -> Made:
        return self.reduce_1x1(self.conv_3x3(self.first_conv(images)))


class _Inverted(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, dilation: int) -> None:
        super().__init__()
        middle = divisible(inputs * EXPANSION)
        self.residual = stride == 1 and inputs == outputs
        self.expand_1x1 = _Layer(inputs, middle)
        self.conv_3x3 = _Layer(middle, middle, 3, stride=stride, dilation=dilation, depthwise=True)
        self.reduce_1x1 = _Layer(middle, outputs, activation=False)

    def forward(self, features: Features) -> Made:
        made = self.reduce_1x1(self.conv_3x3(self.expand_1x1(features)))
        return features + made if self.residual else made
