"""Fakes that a discriminator sees again (Shrivastava et al. 2017), so that it does not forget."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ml.tensors import Stack


class History:
    """Single images in half precision, up to `size` of them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: list[Tensor] = []

    def swapped(self, fakes: Stack, rng: np.random.Generator) -> Stack:
        """Each fake, or with a chance of one half an older one, whose place it takes."""
        return torch.stack([self._swap(each, rng) for each in fakes.detach()])

    def _swap(self, fake: Tensor, rng: np.random.Generator) -> Tensor:
        if len(self._kept) < self.size:
            self._kept.append(fake.half().cpu())
            return fake
        place, older = int(rng.integers(self.size)), rng.random() < 0.5
        if not older:
            return fake
        found = self._kept[place]
        self._kept[place] = fake.half().cpu()
        return found.to(fake)

    def tensors(self) -> dict[str, Tensor]:
        return {"kept": torch.stack(self._kept)} if self._kept else {}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        self._kept = list(tensors["kept"]) if "kept" in tensors else []
