"""Cross-entropy pixel by pixel, with its gradient written out.

The gradient is softmax minus one-hot: on a CPU two passes over the logits, where torch goes from
layout to layout and takes twice as long.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ml.tensors import Flags, Labels, Logits, Weights


def cross_entropy(logits: Logits, labels: Labels, counted: Flags) -> Weights:
    """-ln softmax(logits) of each pixel's label, in nats; 0 where it is not counted.

    Labels need to be classes only where they are counted.
    """
    found: Weights = _CrossEntropy.apply(logits.float(), labels.where(counted, 0), counted)
    return found


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, labels: Tensor, counted: Tensor) -> Tensor:
        logs = logits.log_softmax(dim=1)
        ctx.save_for_backward(logs, labels, counted)
        return logs.gather(1, labels[:, None])[:, 0].neg_().mul_(counted)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_each: Tensor) -> tuple[Tensor, None, None]:
        logs, labels, counted = ctx.saved_tensors
        difference = logs.exp()
        minus = difference.new_tensor(-1.0).expand(labels.shape)
        difference.scatter_add_(1, labels[:, None], minus[:, None])
        return difference.mul_((of_each * counted)[:, None]), None, None
