"""The perturbations of features by which CCT asks for consistency (Ouali et al. 2020).

Mended of the released code: the adversarial one really has the length that it is asked for, and
objects are cut by the area of their box, not by how many points their outline was compressed to.
Draws come from the caller's generator.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml.losses import divergence
from ml.tensors import Features, Flags, Logits

NOISE = 0.3
DROPPED_FROM = (0.7, 0.9)
"""Which share of the highest mean activation is too much, drawn from here."""
KEPT_CHANNELS = 0.5
CUT_SIDE = 0.4
"""Sides of a hole as a share of those of its object's box."""
LEAST_BOX = 50
"""Pixels of a box worth cutting."""


def noise(z: Features, rng: np.random.Generator) -> Features:
    """z (1 + n) with n ~ U(-0.3, 0.3), the same for all images."""
    return z * (1 + _uniform(z, z.shape[1:], rng, NOISE))


def drop(z: Features, rng: np.random.Generator) -> Features:
    """Without the places whose mean activation is near the highest of their image."""
    attention = z.mean(dim=1, keepdim=True)
    bar = rng.uniform(*DROPPED_FROM) * attention.amax(dim=(2, 3), keepdim=True)
    return z * (attention < bar)


def dropout(z: Features, rng: np.random.Generator) -> Features:
    """Without half of each image's channels, the others doubled."""
    kept = rng.random(z.shape[:2]) < KEPT_CHANNELS
    mask = torch.from_numpy(kept).to(z.device)[..., None, None]
    return z * mask / KEPT_CHANNELS


def masked(z: Features, kept: Flags) -> Features:
    """z where the pixels are kept: `kept` has the size of the images."""
    mask = functional.interpolate(kept[:, None].to(z.dtype), z.shape[-2:], mode="nearest")
    return z * mask


def holes(objects: Flags, rng: np.random.Generator) -> Flags:
    """Where nothing is cut: each object loses a box of 0.4 x 0.4 of its own."""
    # Late: it takes half a second, and every training would wait for it.
    from scipy import ndimage

    kept = np.ones(objects.shape, dtype=bool)
    for mask, found in zip(kept, objects.cpu().numpy(), strict=True):
        for box in ndimage.find_objects(ndimage.label(found)[0]):
            mask[tuple(_part(side, rng) for side in box)] &= _area(box) < LEAST_BOX
    return torch.from_numpy(kept).to(objects.device)


def _area(box: tuple[slice, ...]) -> int:
    return int(np.prod([side.stop - side.start for side in box]))


def _part(side: slice, rng: np.random.Generator) -> slice:
    length = side.stop - side.start
    cut = max(1, round(CUT_SIDE * length))
    start = side.start + int(rng.integers(length - cut + 1))
    return slice(start, start + cut)


def adversarial(
    z: Features,
    decode: Callable[[Features], Logits],
    rng: np.random.Generator,
    *,
    xi: float,
    norm: float,
) -> Features:
    """z + r with |r| = norm for each image, in the direction that changes the decoder's softmax
    most (virtual adversarial training: Miyato et al. 2018, one power iteration from a step `xi`).

    Gradients are those of the direction alone: no parameter's gradient is touched.
    """
    fixed = z.detach()
    with torch.no_grad():
        wanted = decode(fixed).softmax(dim=1)
    start = unit(_uniform(z, z.shape, rng, 1.0)).requires_grad_()
    with torch.enable_grad():
        logits = decode(fixed + xi * start)
        everywhere = torch.ones_like(logits[:, 0], dtype=torch.bool)
        [steepest] = torch.autograd.grad(divergence(logits, wanted, everywhere), start)
    # Where nothing changes anything, one direction is as good as another.
    lost = steepest.abs().amax(dim=(1, 2, 3), keepdim=True) == 0
    return z + norm * torch.where(lost, start.detach(), unit(steepest))


def unit(vectors: Tensor) -> Tensor:
    """Each image's values, scaled to length 1; zeros stay zeros. Scaled by the largest first: the
    squares of small gradients are 0 in float32."""
    largest = vectors.abs().amax(dim=(1, 2, 3), keepdim=True)
    scaled = vectors / largest.clamp(min=torch.finfo(vectors.dtype).tiny)
    length = scaled.square().sum(dim=(1, 2, 3), keepdim=True).sqrt()
    return scaled / length.clamp(min=1e-12)


def _uniform(z: Tensor, shape: tuple[int, ...], rng: np.random.Generator, limit: float) -> Tensor:
    drawn = torch.from_numpy(rng.random(tuple(shape), dtype=np.float32))
    return ((2 * drawn - 1) * limit).to(z.device)
