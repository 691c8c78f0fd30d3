import numpy as np
import pytest
import torch

from ml.colour import recoloured, turned
from ml.recipe import Colour

STILL = Colour(chance=1, brightness=0, contrast=0)


def pictures(n: int = 2) -> torch.Tensor:
    return torch.rand(n, 3, 16, 20, generator=torch.Generator().manual_seed(0)) * 2 - 1


def draw(settings: Colour, images: torch.Tensor, seed: int = 0) -> torch.Tensor:
    return recoloured(images, settings, np.random.default_rng(seed))


def changed(**settings: float) -> torch.Tensor:
    return draw(STILL.model_copy(update=settings), pictures())


def test_without_strength_it_is_the_identity():
    assert torch.allclose(draw(STILL, pictures()), pictures(), atol=1e-6)


def test_it_stays_in_range_and_is_drawn_per_image():
    settings = Colour(chance=1, brightness=0.9, contrast=0.9, saturation=0.9, hue=0.5, blur=0.5)
    made = draw(settings, pictures(1).repeat(2, 1, 1, 1))
    assert made.abs().max() <= 1
    assert not torch.equal(made[0], made[1])


def test_a_third_of_a_turn_passes_the_channels_on_and_a_whole_one_nothing():
    images = pictures(3)
    made = turned(images, np.array([1 / 3, -1 / 3, 1.0]))
    assert torch.allclose(made[0], images[0].roll(1, dims=0), atol=1e-5)
    assert torch.allclose(made[1], images[1].roll(-1, dims=0), atol=1e-5)
    assert torch.allclose(made[2], images[2], atol=1e-5)


def test_hue_turns_each_image_by_its_own_draw():
    red = torch.tensor([1.0, -1.0, -1.0]).reshape(1, 3, 1, 1).expand(8, 3, 4, 4)
    made = draw(STILL.model_copy(update={"hue": 0.5}), red)[..., 0, 0]
    assert len({tuple(colour.tolist()) for colour in made}) == 8


def test_hue_keeps_the_grey_of_a_grey_image():
    grey = pictures()[:, :1].expand(-1, 3, -1, -1)
    made = draw(STILL.model_copy(update={"hue": 0.5}), grey)
    assert torch.allclose(made, grey, atol=1e-5)


def test_grey_leaves_equal_channels():
    made = changed(grey=1.0)
    assert torch.allclose(made[:, 0], made[:, 1], atol=1e-6)
    assert torch.allclose(made[:, 0], made[:, 2], atol=1e-6)


def test_blur_keeps_the_mean_and_takes_the_detail():
    flat = torch.zeros(1, 3, 9, 9)
    assert torch.allclose(draw(STILL.model_copy(update={"blur": 1.0}), flat), flat, atol=1e-6)
    point = torch.full((1, 3, 21, 21), -1.0)
    point[..., 10, 10] = 1.0
    made = draw(STILL.model_copy(update={"blur": 1.0}), point, seed=1)
    assert made.max() < 0.9
    assert made.sum().item() == pytest.approx(point.sum().item(), abs=1e-2)
    assert torch.allclose(made, made.transpose(2, 3), atol=1e-6)


def test_the_same_generator_draws_the_same():
    settings = Colour(chance=0.5, hue=0.3, grey=0.5, blur=0.5)
    assert torch.equal(draw(settings, pictures(), 7), draw(settings, pictures(), 7))


def test_it_is_brightness_then_saturation_then_contrast():
    """By the plain steps, in 0..1, with the factors that the generator draws."""
    settings, images = Colour(chance=1, brightness=0.2, contrast=0.3, saturation=0.4), pictures(3)
    rng = np.random.default_rng(5)
    rng.random(3)
    b, c, s = (
        torch.from_numpy(1 + rng.uniform(-bound, bound, 3)).float().reshape(-1, 1, 1, 1)
        for bound in (0.2, 0.3, 0.4)
    )
    luma = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    bright = (images / 4 + 0.5) * b
    grey = (bright * luma).sum(dim=1, keepdim=True)
    level = grey.mean(dim=(2, 3), keepdim=True)
    plain = level + c * (grey + s * (bright - grey) - level)
    made = draw(settings, images / 2, seed=5)
    assert torch.allclose(made, plain.clamp(0, 1) * 2 - 1, atol=1e-5)
