"""Tiles and strips give what the whole image gives."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from ml import tiles
from ml.predict import Pictures, Predictor
from ml.presets import recipe
from ml.recipe import Prediction
from ml.resize import scaled
from ml.spec import ImageItem

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")


class Constant(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        levels = torch.tensor([0.5, -1.0, 2.0])
        return levels[None, :, None, None].expand(1, 3, *images.shape[-2:]).clone()


class Local(nn.Module):
    """Sees 9x9 pixels around each."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Conv2d(3, 4, 5, padding=2), nn.Conv2d(4, 3, 5, padding=2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(images).relu())


def predictor(network: nn.Module, scale: float = 1.0, **how) -> Predictor:
    asked = recipe("supervised-cpu", {"scale": scale, "prediction": how})
    return Predictor(network.eval(), asked, 3, CPU)


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def pictures(how: Predictor, *images: np.ndarray) -> Pictures:
    return Pictures([scaled(each, how.recipe.scale) for each in images], images[0].shape[:2])


def seen(how: Predictor, *images: np.ndarray) -> list[torch.Tensor]:
    return list(how.probabilities(pictures(how, *images)))


@given(length=st.integers(1, 3000), side=st.integers(64, 1024), share=st.floats(0, 0.5))
def test_tiles_cover_a_line_and_their_weights_sum_to_one(length, side, share):
    places = tiles.spans(length, side, int(side * share))
    total = torch.zeros(length)
    for number, (start, end) in enumerate(places):
        assert 0 < end - start <= side
        total[start:end] += tiles._ramps(places, number, torch.zeros(1, 1, 1))
    assert torch.allclose(total, torch.ones(length), atol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.37])
def test_a_constant_network_is_constant_in_tiles(scale):
    how = predictor(Constant(), scale, tile=64, overlap=16)
    [found] = seen(how, picture(301, 205))
    expected = torch.tensor([0.5, -1.0, 2.0]).softmax(0)
    assert torch.allclose(found, expected[:, None, None].expand_as(found), atol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.37, 1.6])
def test_tiles_say_what_the_whole_image_says_where_they_see_enough(scale):
    image = picture(300, 220)
    [whole] = seen(predictor(Local(), scale), image)
    [tiled] = seen(predictor(Local(), scale, tile=96, overlap=32), image)
    assert tiled.shape == whole.shape == (3, 300, 220)
    # At a tile's edge the weight is not quite nothing, and four pixels lack their neighbours.
    assert (tiled - whole).abs().max() < 0.02
    assert (tiled - whole).abs().mean() < 1e-3


def test_overlaps_of_zero_padding_are_exact_beyond_the_field_of_view():
    image = picture(128, 200)
    [whole] = seen(predictor(Local()), image)
    [tiled] = seen(predictor(Local(), tile=128, overlap=0), image)
    assert torch.allclose(tiled[:, :, :124], whole[:, :, :124], atol=1e-6)
    assert torch.allclose(tiled[:, :, 132:], whole[:, :, 132:], atol=1e-6)


@settings(deadline=None, max_examples=25)
@given(
    height=st.integers(1, 200),
    width=st.integers(1, 90),
    scale=st.sampled_from([0.3, 0.5, 1.0, 1.7]),
    strip=st.integers(1, 4000),
)
def test_strips_are_the_resized_logits_of_the_whole_image(height, width, scale, strip):
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    logits = torch.randn(2, *size, generator=torch.Generator().manual_seed(height))
    before, tiles.STRIP_PX = tiles.STRIP_PX, strip
    try:
        pixels = torch.zeros(3, *size)
        found = list(tiles.strips(lambda _: logits, pixels, (height, width), Prediction()))
    finally:
        tiles.STRIP_PX = before
    expected = functional.interpolate(
        logits[None], (height, width), mode="bilinear", align_corners=False
    )[0]
    assert torch.allclose(torch.cat(found, dim=1), expected, atol=1e-4)


def test_classes_and_confidences_come_from_the_same_strips():
    how = predictor(Local(), 0.5, tile=64, overlap=16)
    image = picture(150, 100)
    [(classes, confidence)] = how.classify(pictures(how, image))
    best = seen(how, image)[0].max(dim=0)
    assert (classes == best.indices.numpy()).all()
    assert (confidence == best.values.numpy()).all()


def test_half_precision_is_used_and_close():
    exact = predictor(Local())
    asked = recipe("supervised-cpu", {"precision": "bf16"})
    kinds: list[torch.dtype] = []
    half = Predictor(Local().eval(), asked, 3, CPU)
    half.network.second.register_forward_hook(lambda _m, _i, out: kinds.append(out.dtype))
    image = picture(40, 50)
    assert (seen(half, image)[0] - seen(exact, image)[0]).abs().max() < 0.05
    assert kinds == [torch.bfloat16]


def test_a_model_of_half_precision_from_a_gpu_works_on_a_cpu():
    asked = recipe("supervised-cpu", {"precision": "fp16"})
    [there] = seen(Predictor(Local().eval(), asked, 3, CPU), picture(20, 20))
    assert torch.equal(there, seen(predictor(Local()), picture(20, 20))[0])


def test_images_of_one_pass_are_seen_as_each_alone():
    how, images = predictor(Local(), 0.5), [picture(40, 50, seed) for seed in range(3)]
    for together, image in zip(seen(how, *images), images, strict=True):
        assert torch.allclose(together, seen(how, image)[0], atol=1e-6)


def test_a_pass_holds_neighbours_of_one_size_that_are_small():
    def item(number: int, side: int) -> ImageItem:
        return ImageItem(id=f"{number}", path="", width=side, height=side)

    items = [item(i, side) for i, side in enumerate([64] * 6 + [80, 64] + [2000] * 2)]
    groups = predictor(Local()).groups(items)
    assert [[each.id for each in group] for group in groups] == [
        *(["0", "1", "2", "3"], ["4", "5"], ["6"], ["7"], ["8"], ["9"]),
    ]
    assert all(
        len(group) == 1 for group in predictor(Local(), tile=64, overlap=0).groups(items[6:])
    )


@pytest.mark.parametrize("how", [{"tile": 64, "overlap": 33}, {"overlap": 600}])
def test_an_overlap_of_more_than_half_a_tile_is_refused(how):
    with pytest.raises(ValueError, match="at most half a tile"):
        recipe("s4al", {"prediction": how})
