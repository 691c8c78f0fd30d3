"""Colours of a batch: brightness, contrast, saturation, hue, grey, blur; no pixel moves."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml.recipe import Colour
from ml.tensors import Images

# Luma of ITU-R BT.601.
LUMA = (0.299, 0.587, 0.114)
BLUR_SIGMA = (0.15, 1.15)
BLUR_REACH = 4
"""Pixels to each side: over three times the largest sigma."""


def recoloured(images: Images, settings: Colour, rng: np.random.Generator) -> Images:
    """Images in -1..1, each with coins and factors of its own."""
    n = len(images)
    coins = rng.random(n) < settings.chance
    bounds = (settings.brightness, settings.contrast, settings.saturation)
    brightness, contrast, saturation = (
        np.where(coins, 1 + rng.uniform(-b, b, n), 1.0) for b in bounds
    )
    turns = np.where(coins, rng.uniform(-settings.hue, settings.hue, n), 0.0)
    saturation = np.where(rng.random(n) < settings.grey, 0.0, saturation)
    blurred = rng.random(n) < settings.blur
    seen = turned(images, turns) if settings.hue else images
    colours = _around_grey(seen, brightness, contrast, saturation)
    return _blurred(colours, blurred, rng) if blurred.any() else colours


def _around_grey(
    images: Tensor, brightness: np.ndarray, contrast: np.ndarray, saturation: np.ndarray
) -> Tensor:
    """Brightness about black, saturation about each pixel's grey, contrast about the image's mean
    grey. Each is linear, so they are one sum of pixel, grey and mean grey: a pass or two over the
    pixels instead of a dozen."""
    luma = images.new_tensor(LUMA)
    mean = _column(brightness * (1 - contrast), images)
    level = (images.mean(dim=(2, 3)) * luma).sum(dim=1).reshape(-1, 1, 1, 1)
    made = images * _column(brightness * contrast * saturation, images)
    made += level * mean + _column(brightness - 1, images)
    if (saturation != 1).any():
        grey = (images * luma[:, None, None]).sum(dim=1, keepdim=True)
        made += grey * _column(brightness * contrast * (1 - saturation), images)
    return made.clamp_(-1, 1)


def turned(images: Tensor, turns: np.ndarray) -> Tensor:
    """The colours of each image turned about the grey axis of the RGB cube (they may leave their
    range); a turn of 1 is a full one."""
    angles = torch.from_numpy(2 * math.pi * turns).to(images)
    cos, sin = angles.cos()[:, None, None], angles.sin()[:, None, None]
    skew = images.new_tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    eye, mean = torch.eye(3).to(images), images.new_full((3, 3), 1 / 3)
    rotation = cos * eye + (1 - cos) * mean + sin * skew
    return torch.einsum("nij,njhw->nihw", rotation, images)


def _blurred(images: Tensor, flags: np.ndarray, rng: np.random.Generator) -> Tensor:
    """The flagged images under a Gaussian, rows and then columns; edges are repeated."""
    chosen = torch.from_numpy(np.flatnonzero(flags)).to(images.device)
    sigmas = torch.from_numpy(rng.uniform(*BLUR_SIGMA, len(chosen))).to(images)
    kernels = _gaussians(sigmas).repeat_interleave(3, dim=0)
    n, _, height, width = images[chosen].shape
    planes = images[chosen].reshape(1, 3 * n, height, width)
    planes = _along(planes, kernels[:, None, None, :], (BLUR_REACH, BLUR_REACH, 0, 0))
    planes = _along(planes, kernels[:, None, :, None], (0, 0, BLUR_REACH, BLUR_REACH))
    result = images.clone()
    result[chosen] = planes.reshape(n, 3, height, width)
    return result


def _along(planes: Tensor, kernels: Tensor, pads: tuple[int, int, int, int]) -> Tensor:
    padded = functional.pad(planes, pads, mode="replicate")
    return functional.conv2d(padded, kernels, groups=len(kernels))


def _gaussians(sigmas: Tensor) -> Tensor:
    """Normalised kernels (n, 2 * BLUR_REACH + 1)."""
    places = torch.arange(-BLUR_REACH, BLUR_REACH + 1).to(sigmas)
    raw = torch.exp(-0.5 * (places / sigmas[:, None]) ** 2)
    return raw / raw.sum(dim=1, keepdim=True)


def _column(values: np.ndarray, like: Tensor) -> Tensor:
    return torch.from_numpy(values).to(like).reshape(-1, 1, 1, 1)
