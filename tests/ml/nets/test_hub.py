"""Encoders of `transformers`: slow, for loading that library takes seconds."""

import pytest
import torch

from ml.errors import Failure
from ml.nets.segmenter import Segmenter, start
from ml.recipe import Network
from ml.trainer import update
from tests.ml.test_trainer import training

pytestmark = pytest.mark.slow

ENCODERS = ("resnet18", "convnext_tiny", "poolformer_s12", "mit_b0", "dinov2_small")
LARGE = ("resnet50", "resnet101", "dinov2_base")


def network(encoder: str, **changes: object) -> Segmenter:
    asked = {"encoder": encoder, "decoder_channels": 8, "low_level_channels": 4, **changes}
    return start(Network.model_validate(asked), classes=5, seed=0)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_it_learns_from_images_of_any_size(encoder: str):
    made = network(encoder).train()
    logits = made(torch.rand(2, 3, 90, 61))
    assert logits.shape == (2, 5, 90, 61)
    logits.square().sum().backward()
    body = [p.grad for n, p in made.encoder.named_parameters() if "norm" not in n]
    reached = [g is not None and bool(g.abs().sum() > 0) for g in body]
    assert sum(reached) > 0.9 * len(reached)


@pytest.mark.parametrize("encoder", LARGE)
def test_the_large_ones_are_as_large_as_published(encoder: str):
    millions = {"resnet50": 23.5, "resnet101": 42.5, "dinov2_base": 86.6}
    found = sum(p.numel() for p in network(encoder).encoder.parameters()) / 1e6
    assert found == pytest.approx(millions[encoder], rel=0.02)


def test_equal_seeds_give_equal_networks():
    first, torch_state = network("mit_b0").state_dict(), torch.get_rng_state()
    again = network("mit_b0").state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert torch.equal(torch.get_rng_state(), torch_state)


def test_saved_weights_are_taken_and_missing_ones_named(tmp_path):
    donor = network("mit_b0")
    donor.encoder.body.save_pretrained(tmp_path)
    taken = network("mit_b0", weights=str(tmp_path), decoder_channels=16)
    theirs = taken.encoder.state_dict()
    assert all(torch.equal(value, theirs[n]) for n, value in donor.encoder.state_dict().items())
    with pytest.raises(Failure, match=r"network\.weights '/nowhere' cannot be used for mit_b0"):
        network("mit_b0", weights="/nowhere")


def test_a_vision_transformer_has_no_fine_level_for_deeplab():
    with pytest.raises(ValueError, match="take the decoder light"):
        network("dinov2_small", decoder="deeplabv3plus")


@pytest.mark.parametrize("encoder", ["convnext_tiny", "poolformer_s12"])
def test_cct_learns_with_encoders_that_came_after_it(encoder: str, tmp_path):
    """Their features may be negative, of which half of the perturbations would know nothing."""
    network = {"encoder": encoder, "decoder_channels": 8, "low_level_channels": 4}
    schedule = {"labelled_batch": 2, "unlabelled_batch": 2, "lr": 1e-3, "warmup": 0}
    ready = training(tmp_path, "cct-cpu", network=network, schedule=schedule)
    before = {name: each.clone() for name, each in ready.method.student.named_parameters()}
    for t in range(2):
        update(ready, t)
    now = ready.method.student.named_parameters()
    moved = [not torch.equal(before[name], each) for name, each in now]
    assert sum(moved) > 0.9 * len(moved)
    assert ready.losses["consistency"] > 0
