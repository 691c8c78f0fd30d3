import pytest
import torch
from torch.nn import functional

from ml.nets.enlarge import enlarged


@pytest.mark.parametrize("size", [(20, 28), (13, 29), (5, 7), (1, 1)])
def test_it_is_bilinear_interpolation_both_ways(size: tuple[int, int]):
    maps = torch.randn(2, 3, 5, 7, generator=torch.Generator().manual_seed(0))
    ours, theirs = (maps.clone().requires_grad_() for _ in range(2))
    found = enlarged(ours, size)
    expected = functional.interpolate(theirs, size, mode="bilinear", align_corners=False)
    torch.testing.assert_close(found, expected)
    for each in (found, expected):
        each.square().sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_what_was_first_made_for_inference_serves_training():
    maps = torch.randn(1, 2, 3, 11)
    with torch.inference_mode():
        enlarged(maps, (9, 33))
    enlarged(maps.requires_grad_(), (9, 33)).sum().backward()
    assert maps.grad is not None
