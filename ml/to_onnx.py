"""`python -m ml.to_onnx FOLDER`: a trained model as ONNX, compared with what it was made from.

FOLDER holds `model.safetensors` and `model.json`; `model.onnx` is written beside them. Its input
`pixels` is (n, height, width, 3) RGB bytes at the network's scale (the recipe's `scale` times the
image), its output `logits` (n, classes, height, width); the most probable class is their argmax.
"""

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ml.arguments import parser
from ml.errors import Failure
from ml.files import written_aside
from ml.predict import load
from ml.ranges import in_range

OPSET = 18
TRACED = (65, 97)
"""(height, width) in the trace: no multiple of anything, so that padding is part of it."""
COMPARED = ((64, 96), (50, 71), (120, 90))
TOLERANCE = 1e-3
"""Logits may differ by so much: the order of sums is another."""
AXES = {
    "pixels": {0: "n", 1: "height", 2: "width"},
    "logits": {0: "n", 2: "height", 3: "width"},
}


class Whole(nn.Module):
    """Bytes to logits, with what belongs to the network's input."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.network(in_range(pixels)).float()
        return logits


def convert(folder: Path) -> float:
    """Write `model.onnx`; the largest difference of a logit. Raises Failure `bad_spec`."""
    whole = Whole(load(folder).network.cpu()).eval()
    target = folder / "model.onnx"
    with written_aside(target) as file, warnings.catch_warnings():
        # The exporter that needs no further packages calls itself old, and traces as it says.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            whole,
            (_pixels(TRACED),),
            file,
            dynamo=False,
            input_names=["pixels"],
            output_names=["logits"],
            dynamic_axes=AXES,
            opset_version=OPSET,
        )
    found = difference(whole, target)
    if found > TOLERANCE:
        target.unlink()
        raise Failure("bad_spec", f"the ONNX model differs by {found:.2g} from the one given")
    return found


def difference(whole: Whole, file: Path) -> float:
    """The largest difference of a logit over some sizes. Raises Failure without onnxruntime."""
    try:
        import onnxruntime
    except ImportError:
        raise Failure("bad_spec", "pip install 'tessera[onnx]' to compare the models") from None
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    worst = 0.0
    for size in COMPARED:
        pixels = _pixels(size)
        with torch.inference_mode():
            expected = whole(pixels).numpy()
        [given] = session.run(["logits"], {"pixels": pixels.numpy()})
        worst = max(worst, float(np.abs(given - expected).max()))
    return worst


def _pixels(size: tuple[int, int]) -> Tensor:
    generator = torch.Generator().manual_seed(sum(size))
    return torch.randint(0, 256, (1, *size, 3), dtype=torch.uint8, generator=generator)


def main(arguments: Sequence[str] | None = None) -> int:
    asked: argparse.Namespace = _options(arguments)
    try:
        found = convert(asked.folder)
    except Failure as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"{asked.folder / 'model.onnx'}: logits differ by {found:.1g} at most\n")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("to_onnx", __doc__, "exported")
    asked.add_argument("folder", type=Path, help="holds model.safetensors and model.json")
    return asked.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
