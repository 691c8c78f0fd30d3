"""What features look like after each perturbation of CCT."""

import numpy as np
import pytest
import torch

from ml import perturbations
from ml.losses import divergence
from ml.nets.auxiliary import AuxiliaryDecoder
from ml.nets.seeded import seeded


@pytest.fixture
def z() -> torch.Tensor:
    return torch.rand(2, 8, 6, 5, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_noise_is_the_same_for_all_images_and_at_most_30_percent(z, rng):
    share = perturbations.noise(z, rng) / z - 1
    assert torch.allclose(share[0], share[1], atol=1e-5)
    assert 0.2 < share.abs().max() <= 0.3 + 1e-5


def test_the_most_active_places_are_dropped(z, rng):
    z[:, :, 2, 3] += 1
    seen = perturbations.drop(z, rng)
    assert (seen[:, :, 2, 3] == 0).all()
    kept = seen.abs().sum(dim=1) > 0
    assert torch.equal(seen, z * kept[:, None])
    assert kept.any()


def test_channels_are_dropped_whole_and_the_rest_doubled(z, rng):
    seen = perturbations.dropout(z, rng)
    gone = (seen == 0).all(dim=(2, 3))
    assert 0 < gone.sum() < gone.numel()
    assert torch.equal(seen, 2 * z * ~gone[..., None, None])


def test_an_object_loses_a_box_of_its_own(rng):
    objects = torch.zeros(1, 40, 60, dtype=torch.bool)
    objects[0, 4:34, 10:50] = True
    objects[0, 38, 55] = True
    cut = ~perturbations.holes(objects, rng)
    assert cut.sum() == 12 * 16
    assert (objects | ~cut).all()
    assert not cut[0, 38, 55], "too small to be cut"


def test_masks_keep_or_drop_the_objects(z):
    objects = torch.zeros(2, 12, 10, dtype=torch.bool)
    objects[:, :6] = True
    assert torch.equal(perturbations.masked(z, objects)[:, :, :3], z[:, :, :3])
    assert (perturbations.masked(z, objects)[:, :, 3:] == 0).all()


@pytest.mark.parametrize("fitted", [0.01, 1.0])
def test_the_adversarial_step_has_its_length_and_hurts_more_than_chance(rng, fitted):
    z = torch.rand(2, 32, 8, 8, generator=torch.Generator().manual_seed(1))
    decode = seeded(0, lambda: AuxiliaryDecoder(32, 5))
    with torch.no_grad():
        decode[0].weight.mul_(fitted)
    r = perturbations.adversarial(z, decode, rng, xi=1e-2, norm=2.0) - z
    assert r.flatten(1).norm(dim=1).tolist() == pytest.approx([2, 2], abs=1e-3)
    other = 2 * perturbations.unit(torch.randn(z.shape, generator=torch.Generator().manual_seed(2)))
    assert harm(decode, z, r) > 20 * harm(decode, z, other)
    assert all(p.grad is None for p in decode.parameters())


def harm(decode: torch.nn.Module, z: torch.Tensor, r: torch.Tensor) -> float:
    with torch.no_grad():
        wanted, found = decode(z).softmax(dim=1), decode(z + r)
    return divergence(found, wanted, torch.ones_like(found[:, 0], dtype=torch.bool)).item()


def test_where_nothing_hurts_the_step_still_has_its_length(z, rng):
    r = perturbations.adversarial(z, lambda x: 0 * x, rng, xi=1e-2, norm=2.0) - z
    assert r.flatten(1).norm(dim=1).tolist() == pytest.approx([2, 2], abs=1e-3)
