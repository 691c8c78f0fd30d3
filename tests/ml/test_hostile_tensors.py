"""Files of tensors from somebody else: whatever their header says, the answer is a sentence."""

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from ml import facts
from ml.errors import Failure
from ml.nets.segmenter import start
from ml.recipe import Network


def packed(header: object, content: bytes = bytes(8), length: int | None = None) -> bytes:
    """A file whose header says `header`, and is said to be `length` bytes long."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + content


def one(**values: object) -> dict[str, object]:
    return {"a": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]} | values}


class Canary:
    """What a pickle would do if anybody unpickled it."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.made,)


HOSTILE = {
    "empty": b"",
    "shorter than its length": b"\0" * 7,
    "a header of 2^63 bytes": packed(one(), length=2**63),
    "a header of 2^64-1 bytes": packed(one(), length=2**64 - 1),
    "a header of 100 MB in a small file": packed(one(), length=100_000_001),
    "no JSON": packed(b"{broken"),
    "JSON of another shape": packed([1, 2, 3]),
    "deep JSON": packed(b"[" * 50_000),
    "overlapping tensors": packed(
        one() | {"b": {"dtype": "F32", "shape": [1, 2], "data_offsets": [4, 12]}}, bytes(12)
    ),
    "tensors behind the end": packed(one(data_offsets=[0, 8_000_000_000])),
    "offsets backwards": packed(one(data_offsets=[8, 0])),
    "negative offsets": packed(one(data_offsets=[-8, 0])),
    "a hole between tensors": packed(one(data_offsets=[8, 16]), bytes(16)),
    "bytes that no tensor owns": packed(one(), bytes(64)),
    "a shape larger than its bytes": packed(one(shape=[1_000_000, 1_000_000])),
    "a shape that overflows": packed(one(shape=[2**63, 2])),
    "an unknown type": packed(one(dtype="OBJ")),
    "an archive": b"PK\x03\x04" + bytes(100),
}


@pytest.fixture(params=HOSTILE)
def hostile(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    path.write_bytes(HOSTILE[request.param])
    return path


def test_scores_are_refused_with_a_reason(hostile: Path):
    refused(lambda: facts.read_scores([hostile], [("a", (1, 2))]))
    refused(lambda: facts.shapes(hostile))


def test_weights_are_refused_with_a_reason(hostile: Path):
    refused(lambda: started("mobilenetv2", hostile.parent))


def started(encoder: str, weights: Path) -> object:
    sizes = {"width": 0.1, "decoder_channels": 8, "low_level_channels": 4}
    network = Network.model_validate({"encoder": encoder, "weights": str(weights), **sizes})
    return start(network, 3, seed=0)


def refused(read: Callable[[], object]) -> None:
    with pytest.raises(Failure) as caught:
        read()
    assert caught.value.error_class == "bad_spec"


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["mobilenetv2", "resnet18"])
@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors", "model.pt"])
def test_a_pickle_is_never_opened(tmp_path: Path, encoder: str, name: str):
    canary = tmp_path / "canary"
    (tmp_path / name).write_bytes(pickle.dumps({"a": Canary(canary)}))
    (tmp_path / "config.json").write_text('{"model_type": "resnet"}')
    refused(lambda: started(encoder, tmp_path))
    assert not canary.exists()


def test_the_canary_would_sing(tmp_path: Path):
    pickle.loads(pickle.dumps(Canary(tmp_path / "canary")))
    assert (tmp_path / "canary").exists()


def test_the_harmless_one_is_read(tmp_path: Path):
    path = tmp_path / "scores.safetensors"
    path.write_bytes(save({"a": np.ones((1, 2), np.float32)}))
    assert facts.read_scores([path], [("a", (1, 2))])[0].tolist() == [[1, 1]]
