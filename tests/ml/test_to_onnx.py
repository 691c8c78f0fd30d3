"""ONNX models give what the models that they were made from give."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from safetensors.torch import save_file

from ml import to_onnx
from ml.nets.segmenter import start
from ml.predict import Card, load
from ml.presets import recipe
from tests.ml.scenes import CLASSES, TINY

TINY_NET = {"width": 0.2, "decoder_channels": 8, "low_level_channels": 8}


def model(folder: Path, *, seed: int = 1) -> Path:
    """An untrained model's two files."""
    folder.mkdir(exist_ok=True)
    asked = recipe("supervised-cpu", {**TINY, "network": TINY_NET})
    made = start(asked.network, len(CLASSES), seed=seed)
    save_file(
        {name: each.contiguous() for name, each in made.state_dict().items()},
        folder / "model.safetensors",
    )
    numbers = {"seed": 1, "steps": 1, "seconds": 1.0, "parameters": 1, "losses": {}}
    words = {"network": "student", "torch_version": "2", "spec_digest": "0"}
    card = Card(recipe=asked, classes=CLASSES, **numbers, **words)
    (folder / "model.json").write_text(card.model_dump_json())
    return folder


@pytest.mark.slow
def test_logits_are_the_same_at_every_size_and_others_are_not(tmp_path: Path):
    folder = model(tmp_path)
    # In a process of its own, as people have it: what is traced must not be checked on the way.
    words = [sys.executable, "-m", "ml.to_onnx", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "logits differ by" in done.stdout
    file = folder / "model.onnx"
    assert to_onnx.difference(to_onnx.Whole(load(folder).network), file) < 1e-4
    other = model(tmp_path / "other", seed=2)
    assert to_onnx.difference(to_onnx.Whole(load(other).network), file) > to_onnx.TOLERANCE
    session = onnxruntime.InferenceSession(str(file))
    pixels = np.zeros((2, 33, 47, 3), np.uint8)
    assert session.run(["logits"], {"pixels": pixels})[0].shape == (2, len(CLASSES), 33, 47)


def test_a_folder_without_a_model_is_an_error(tmp_path: Path, capsys):
    assert to_onnx.main([str(tmp_path)]) == 1
    assert "model.safetensors" in capsys.readouterr().err
