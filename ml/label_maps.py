"""Label maps as networks see them: a channel for each class, zeros where nobody knows."""

import torch
from jaxtyping import Bool
from torch.nn import functional

from ml.tensors import Flags, Labels, Stack
from ml.types import NOT_ASKED


def one_hot(labels: Labels, classes: int) -> Stack:
    known = labels < NOT_ASKED
    each = functional.one_hot(labels.where(known, 0), classes).movedim(-1, 1)
    return each.float() * known[:, None]


def paired(masks: Flags, count: int) -> Bool[torch.Tensor, "count h w"]:
    """So many of the masks, from the first again after the last."""
    return masks[torch.arange(count, device=masks.device) % len(masks)]


def with_unknown(maps: Stack, known: Flags) -> Stack:
    """Maps with a channel before the classes that says where nothing is known."""
    return torch.cat([(~known)[:, None].to(maps.dtype), maps * known[:, None]], dim=1)
