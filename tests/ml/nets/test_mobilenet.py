import pytest
import torch

from ml.nets.mobilenet import MobileNetV2, divisible


def test_channels_are_multiples_of_eight_and_at_least_eight():
    assert [divisible(c) for c in (1, 8, 11, 12, 24, 35)] == [8, 8, 16, 16, 24, 32]


# Importing transformers takes several seconds; some of its dependencies warn.
@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("width", "stride"), [(1.0, 16), (0.35, 8), (0.5, 32)])
def test_features_equal_those_of_the_published_implementation(width, stride):
    from transformers import MobileNetV2Config, MobileNetV2Model

    config = MobileNetV2Config(output_stride=stride, depth_multiplier=width)
    theirs, ours = MobileNetV2Model(config).eval(), MobileNetV2(width, stride).eval()
    state = theirs.state_dict()
    ours.load_state_dict({name: state[name] for name in ours.state_dict()})
    images = torch.randn(1, 3, 97, 130, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = theirs(images, output_hidden_states=True).hidden_states
        low, high = ours(images)
    assert torch.allclose(low, expected[1], atol=1e-5)
    assert torch.allclose(high, expected[-1], atol=1e-5)
