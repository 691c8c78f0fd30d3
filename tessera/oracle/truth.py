"""Ground truth for the oracle: a folder of index PNGs, found by the image's name."""

from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tessera.client.models import Box

POOLS = ("pool/masks", "train/masks", "masks", ".")
CACHED = 64


class Truth:
    """Masks by stem; keeps the last few decoded ones, because regions of an image come together."""

    def __init__(self, folder: Path) -> None:
        self._folder = masks_folder(folder)
        self._paths = {path.stem: path for path in sorted(self._folder.glob("*.png"))}
        self._read = lru_cache(CACHED)(read_mask)

    def region(self, image_name: str, box: Box) -> NDArray[np.uint8]:
        """The box's pixels (height, width) in the truth of the image."""
        mask = self._read(self._path(image_name))
        right, bottom = box.left + box.width, box.top + box.height
        if right > mask.shape[1] or bottom > mask.shape[0]:
            raise ValueError(
                f"the truth of {image_name} is {mask.shape[1]}x{mask.shape[0]} pixels, expected "
                f"at least {right}x{bottom}; give the masks of the imported images"
            )
        return mask[box.top : bottom, box.left : right]

    def _path(self, image_name: str) -> Path:
        base = PurePosixPath(image_name).name
        path = self._paths.get(base) or self._paths.get(PurePosixPath(base).stem)
        if path is None:
            raise FileNotFoundError(
                f"no truth for image {image_name!r}: expected {PurePosixPath(base).stem}.png in "
                f"{self._folder}, which holds {len(self._paths)} masks"
            )
        return path


def masks_folder(folder: Path) -> Path:
    """The folder with the pool's masks: itself, or where a known layout keeps them."""
    for inner in POOLS:
        if any((folder / inner).glob("*.png")):
            return folder / inner
    raise FileNotFoundError(
        f"no masks in {folder}: expected *.png there or in pool/masks, train/masks or masks"
    )


def read_mask(path: Path) -> NDArray[np.uint8]:
    """Class ids as they are stored (height, width); colours are refused, not converted."""
    with Image.open(path) as image:
        if image.mode not in {"L", "P"}:
            raise ValueError(
                f"{path} has mode {image.mode}; expected an index PNG (mode L or P) of class ids"
            )
        return np.asarray(image, dtype=np.uint8)
