"""Encoders of `transformers` behind our interface: low-level and high-level features.

Imported only when such an encoder is asked for: loading the library takes seconds.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import transformers
from torch import nn

from ml.nets.encoder import Encoder
from ml.tensors import Features, Images, Made

# Statistics of ImageNet, on which all of these were trained.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LOW_LEVEL_STAGE = -4
"""From the end: these pyramids have stages at strides 4, 8, 16 and 32."""


class Family(NamedTuple):
    """How a kind of encoder is made, and by what its images' sides must be divisible."""

    model: Callable[[Any], nn.Module]
    config: Callable[..., Any]
    options: dict[str, Any]
    multiple: int = 32


def _resnet(depths: list[int], kind: str = "bottleneck") -> Family:
    wide = [64, 128, 256, 512] if kind == "basic" else [256, 512, 1024, 2048]
    options = {"depths": depths, "hidden_sizes": wide, "layer_type": kind}
    return Family(transformers.ResNetModel, transformers.ResNetConfig, options)


def _dinov2(width: int, heads: int) -> Family:
    options = {"hidden_size": width, "num_attention_heads": heads, "image_size": 518}
    return Family(transformers.Dinov2Model, transformers.Dinov2Config, options, multiple=14)


FAMILIES: dict[str, Family] = {
    "resnet18": _resnet([2, 2, 2, 2], "basic"),
    "resnet50": _resnet([3, 4, 6, 3]),
    "resnet101": _resnet([3, 4, 23, 3]),
    "convnext_tiny": Family(transformers.ConvNextModel, transformers.ConvNextConfig, {}),
    "convnext_base": Family(
        transformers.ConvNextModel,
        transformers.ConvNextConfig,
        {"depths": [3, 3, 27, 3], "hidden_sizes": [128, 256, 512, 1024]},
    ),
    "poolformer_s12": Family(transformers.PoolFormerModel, transformers.PoolFormerConfig, {}),
    "poolformer_m36": Family(
        transformers.PoolFormerModel,
        transformers.PoolFormerConfig,
        {
            "depths": [6, 6, 18, 6],
            "hidden_sizes": [96, 192, 384, 768],
            "layer_scale_init_value": 1e-6,
        },
    ),
    "mit_b0": Family(transformers.SegformerModel, transformers.SegformerConfig, {}),
    "dinov2_small": _dinov2(384, 6),
    "dinov2_base": _dinov2(768, 12),
}


class _Hub(Encoder):
    def __init__(self, body: nn.Module, multiple: int) -> None:
        super().__init__()
        self.body = body
        self.multiple = multiple
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(STD)[:, None, None], persistent=False)

    def initialise(self, generator: torch.Generator) -> None:
        """The library has drawn them already, each kind by its own rules."""

    def load(self, weights: str) -> None:
        # Without safetensors the library would take a pickle that lies beside them.
        found = type(self.body).from_pretrained(weights, use_safetensors=True)  # type: ignore[attr-defined]
        self.body.load_state_dict(found.state_dict())

    def _normalised(self, images: Images) -> Images:
        """From -1..1 to the statistics that the weights expect."""
        return ((images + 1) / 2 - self.mean) / self.std


class Pyramid(_Hub):
    """Features at stride 4 and at stride 32."""

    def __init__(self, body: nn.Module, multiple: int) -> None:
        super().__init__(body, multiple)
        with torch.no_grad():
            stages = self._stages(torch.zeros(1, 3, 2 * multiple, 2 * multiple))
        self.low_level_channels = stages[LOW_LEVEL_STAGE].shape[1]
        self.channels = stages[-1].shape[1]

    def forward(self, images: Images) -> tuple[Features, Made]:
        stages = self._stages(self._normalised(images))
        return stages[LOW_LEVEL_STAGE], stages[-1]

    def _stages(self, pixels: Images) -> tuple[torch.Tensor, ...]:
        found: tuple[torch.Tensor, ...] = self.body(pixels, output_hidden_states=True).hidden_states
        return found


class Tokens(_Hub):
    """Features of a vision transformer, at the stride of its patches; there is no finer level."""

    low_level_channels = 0

    def __init__(self, body: nn.Module, multiple: int) -> None:
        super().__init__(body, multiple)
        self.channels = int(body.config.hidden_size)

    def forward(self, images: Images) -> tuple[Features, Made]:
        rows, columns = (side // self.multiple for side in images.shape[-2:])
        tokens = self.body(self._normalised(images)).last_hidden_state[:, 1:]
        features = tokens.transpose(1, 2).unflatten(2, (rows, columns))
        return features, features


def encoder(name: str) -> Encoder:
    """Of random weights, drawn from torch's global generator."""
    family = FAMILIES[name]
    body = family.model(family.config(**family.options))
    kind = Tokens if name.startswith("dinov2") else Pyramid
    return kind(body.train(), family.multiple)
