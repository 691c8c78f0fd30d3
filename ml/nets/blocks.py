"""Convolution blocks and their start: explicit generator, so equal seeds give equal networks."""

import torch
from torch import nn

# Those of the published MobileNetV2 weights; torch's running-average rule, not TensorFlow's.
NORM_EPS = 1e-3


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=NORM_EPS)


def conv(inputs: int, outputs: int, kernel: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU; keeps the size."""
    return nn.Sequential(
        _same(inputs, outputs, kernel, dilation), norm(outputs), nn.ReLU(inplace=True)
    )


def separable_conv(inputs: int, outputs: int, kernel: int, dilation: int = 1) -> nn.Sequential:
    """A depthwise then a pointwise convolution: about 1/outputs + 1/9 of the work of `conv`."""
    depthwise = _same(inputs, inputs, kernel, dilation, groups=inputs)
    return nn.Sequential(depthwise, norm(inputs), *conv(inputs, outputs))


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """He normal (fan out, per group) for convolutions; batch norm starts as the identity."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.weight[0, 0].numel() * module.out_channels // module.groups
            nn.init.normal_(module.weight, std=(2 / fan_out) ** 0.5, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def initialise_classifier(classifier: nn.Conv2d, generator: torch.Generator) -> None:
    """Near zero, so that training starts from the loss of a guess, ln(classes)."""
    nn.init.normal_(classifier.weight, std=0.01, generator=generator)


def _same(inputs: int, outputs: int, kernel: int, dilation: int, *, groups: int = 1) -> nn.Conv2d:
    padding = dilation * (kernel - 1) // 2
    return nn.Conv2d(
        inputs, outputs, kernel, padding=padding, dilation=dilation, groups=groups, bias=False
    )
