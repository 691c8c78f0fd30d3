"""Ground truth for the oracle: folders of index PNGs, found by the image's name."""

from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tessera.client.models import Box

POOLS = ("pool/masks", "train/masks", "masks", ".")
# Checks are asked of val images too.
JUDGED = ("val/masks", "test/masks")
CACHED = 64


class NoTruth(FileNotFoundError):
    """The folders hold no mask of an image."""


class Truth:
    """Masks by stem, of the pool and of the val and test images beside it; where a name is in two
    of them, the pool's. Keeps the last few decoded ones, because regions of an image come together;
    `used` is whether any was known that was asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = masks_folder(folder)
        beside = [root / each for root in _roots(self._folder) for each in JUDGED]
        found = [path for each in (*beside[::-1], self._folder) for path in each.glob("*.png")]
        self._paths = {path.stem: path for path in found}
        self._read = lru_cache(CACHED)(read_mask)
        self.used = False

    def __contains__(self, image_name: str) -> bool:
        return self._found(image_name) is not None

    def region(self, image_name: str, box: Box) -> NDArray[np.uint8]:
        """The box's pixels (height, width) in the truth of the image."""
        mask = self._read(self._path(image_name))
        right, bottom = box.left + box.width, box.top + box.height
        if right > mask.shape[1] or bottom > mask.shape[0]:
            raise ValueError(
                f"the truth of {image_name} is {mask.shape[1]}x{mask.shape[0]} pixels, expected "
                f"at least {right}x{bottom}; give the masks of the imported images"
            )
        self.used = True
        return mask[box.top : bottom, box.left : right]

    def _found(self, image_name: str) -> Path | None:
        base = PurePosixPath(image_name).name
        return self._paths.get(base) or self._paths.get(PurePosixPath(base).stem)

    def _path(self, image_name: str) -> Path:
        path = self._found(image_name)
        if path is None:
            raise NoTruth(
                f"no truth for image {image_name!r}: expected {PurePosixPath(image_name).stem}.png "
                f"in {self._folder} or in val/masks or test/masks beside it, which hold "
                f"{len(self._paths)} masks"
            )
        return path


def _roots(pool: Path) -> list[Path]:
    """Where a data set may begin whose pool's masks are in this folder."""
    return [pool, *pool.absolute().parents[:2]]


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
