import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from ml.errors import Failure
from ml.nets.fused import fused
from ml.nets.segmenter import start
from ml.presets import recipe
from ml.recipe import Network

pytestmark = pytest.mark.slow

SMALL = Network(width=0.1, decoder_channels=8, low_level_channels=4)


def test_the_published_network_has_5_22_million_parameters():
    network = start(recipe("s4al").network, classes=11, seed=0)
    assert sum(p.numel() for p in network.parameters()) == 5_222_891


@pytest.mark.parametrize("size", [(32, 48), (33, 47), (90, 61)])
@pytest.mark.parametrize("stride", [8, 16, 32])
def test_logits_have_the_size_of_any_image(size, stride):
    network = start(SMALL.model_copy(update={"output_stride": stride}), classes=5, seed=0)
    assert network(torch.zeros(2, 3, *size)).shape == (2, 5, *size)


def test_the_features_have_the_asked_stride():
    for stride in (8, 16, 32):
        network = start(SMALL.model_copy(update={"output_stride": stride}), classes=2, seed=0)
        low, high = network.encoder(torch.zeros(1, 3, 64, 96))
        assert low.shape[-2:] == (16, 24)
        assert high.shape[-2:] == (64 // stride, 96 // stride)


def test_equal_seeds_give_equal_networks_whatever_the_global_state():
    first = start(SMALL, 3, seed=4).state_dict()
    torch.rand(7)
    second, other = start(SMALL, 3, seed=4).state_dict(), start(SMALL, 3, seed=5).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["decoder.classifier.weight"], other["decoder.classifier.weight"])


def test_every_parameter_is_listed_once_and_gets_a_gradient():
    network = start(SMALL, 3, seed=0)
    names = [p.data_ptr() for p in network.parameters()]
    network(torch.rand(2, 3, 64, 64)).square().sum().backward()
    assert len(set(names)) == len(names)
    assert all(p.grad is not None for p in network.parameters())


def test_a_separable_decoder_is_smaller():
    plain, separable = (
        start(SMALL.model_copy(update={"separable": flag}), 3, seed=0) for flag in (False, True)
    )
    assert count(separable) < count(plain)


def test_encoder_weights_load_from_a_file_or_its_folder(tmp_path):
    given = start(SMALL, 3, seed=1).encoder
    state = {f"mobilenet_v2.{k}": v.contiguous() for k, v in given.state_dict().items()}
    save_file(state, tmp_path / "model.safetensors")
    for weights in (tmp_path, tmp_path / "model.safetensors"):
        ours = start(SMALL.model_copy(update={"weights": str(weights)}), 3, seed=2).encoder
        assert all(torch.equal(v, ours.state_dict()[k]) for k, v in given.state_dict().items())


def test_weights_of_another_width_are_refused(tmp_path):
    state = {k: v.contiguous() for k, v in start(SMALL, 3, seed=1).encoder.state_dict().items()}
    save_file(state, tmp_path / "model.safetensors")
    wider = SMALL.model_copy(update={"width": 0.5, "weights": str(tmp_path)})
    with pytest.raises(Failure, match=r"cannot be used for mobilenetv2: .*expected none"):
        start(wider, 3, seed=0)


@pytest.mark.parametrize("separable", [False, True])
def test_folded_norms_change_nothing_but_rounding(separable):
    network = start(SMALL.model_copy(update={"separable": separable}), 3, seed=0)
    images = torch.rand(2, 3, 64, 96)
    for _ in range(3):
        network(images)  # statistics other than those of the start
    folded = fused(network)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    with torch.no_grad():
        assert torch.allclose(folded(images), network.eval()(images), atol=1e-5)


def count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())
