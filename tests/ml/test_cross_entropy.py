import torch
from torch.nn import functional

from ml.cross_entropy import cross_entropy
from ml.types import VOID


def given() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    draws = torch.Generator().manual_seed(0)
    logits = 20 * torch.randn(2, 5, 6, 7, generator=draws)
    labels = torch.randint(0, 5, (2, 6, 7), generator=draws)
    return logits, labels, torch.rand(2, 6, 7, generator=draws) < 0.7


def test_values_and_gradients_are_those_of_torch():
    logits, labels, counted = given()
    weights = torch.rand(labels.shape)
    ours, theirs = (logits.clone().requires_grad_() for _ in range(2))
    found = cross_entropy(ours, labels.where(counted, VOID), counted)
    ignored = labels.where(counted, VOID)
    expected = functional.cross_entropy(theirs, ignored, ignore_index=VOID, reduction="none")
    torch.testing.assert_close(found, expected)
    for each in (found, expected):
        (each * weights).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_logits_of_half_precision_are_counted_in_full():
    logits, labels, counted = given()
    half = logits.half().requires_grad_()
    found = cross_entropy(half, labels, counted)
    found.sum().backward()
    torch.testing.assert_close(found, cross_entropy(half.detach().float(), labels, counted))
    assert half.grad.dtype == torch.float16
