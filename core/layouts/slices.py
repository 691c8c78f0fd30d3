"""`slices`: volumes in NIfTI files, cut into the pictures that people label, as in ACDC.

`training/patient001/patient001_frame01.nii.gz` with `patient001_frame01_gt.nii.gz` beside it;
`testing/` is test, `validation/` val, anything else the pool. Slices are cut across the third axis;
the first axis runs to the right, the second down.
"""

import io
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from core import masks
from core.errors import ImageTooLarge, ImageUndecodable, MaskSizeMismatch
from core.layouts.contract import Found, Layout, Read
from core.masks import Mask, Size
from core.pixels import Pixels
from core.settings import settings
from core.walking import below

ENDINGS = (".nii", ".nii.gz")
TRUTH, CINE = "_gt", "_4d"
HEADER_BYTES = 348
WINDOW = (0.5, 99.5)
"""Percentiles of a volume that become black and white."""
BYTES_OF_VALUE = 8

Volume = NDArray[np.generic]


class Slices(Layout):
    NAME = "slices"

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        # Neighbours in the scan are slices of one volume.
        self._volume = lru_cache(maxsize=2)(lambda path: read_volume(self.source.read, path))
        self._window = lru_cache(maxsize=1)(self._percentiles)

    @classmethod
    def detects(cls, root: Path) -> bool:
        deep = ("*", "*/*", "*/*/*")
        return any(_is_volume(path.name) for pattern in deep for path in root.glob(pattern))

    def scan(self) -> Iterator[Found]:
        root = self.source.root
        volumes = {_stem(name): name for name in below(root) if _is_volume(name)}
        for stem, file in volumes.items():
            if stem.endswith((TRUTH, CINE)):
                continue
            depth = _shape(_unpacked(self.source.read(root / file), HEADER_BYTES), stem)[2]
            truth = volumes.get(stem + TRUTH)
            mask = None if truth is None else root / truth
            for part in range(depth):
                name = f"{stem}_slice{part:0{len(str(depth - 1))}d}"
                yield Found(_split(file), name, root / file, mask, part)

    def image(self, found: Found) -> Pixels:
        assert found.image is not None
        black, white = self._window(found.image)
        cut = _cut(self._volume(found.image), found.part)
        grey = np.clip((cut - black) / max(white - black, 1e-12), 0, 1) * 255
        return np.repeat(np.round(grey).astype(np.uint8)[:, :, None], 3, axis=2)

    def _percentiles(self, path: Path) -> tuple[float, float]:
        black, white = np.percentile(np.asarray(self._volume(path), np.float64), WINDOW)
        return float(black), float(white)

    def mask(self, found: Found, size: Size) -> Mask:
        assert found.mask is not None
        volume = self._volume(found.mask)
        given = Size(*volume.shape[:2])
        if (found.part or 0) >= volume.shape[2] or given != size:
            raise MaskSizeMismatch(f"Expected {size} pixels in slice {found.part}, given {given}.")
        return masks.checked(
            np.round(_cut(volume, found.part)).astype(np.int64), self.source.values
        )


def _cut(volume: Volume, part: int | None) -> NDArray[np.float64]:
    """(height, width) of one slice."""
    return np.asarray(volume[:, :, part or 0].T, np.float64)


def read_volume(read: Read, path: Path) -> Volume:
    """(width, height, depth) values. Raises ImageTooLarge, ImageUndecodable."""
    ceiling = settings().image_ceiling_px * BYTES_OF_VALUE
    raw = _unpacked(read(path), ceiling + 1)
    _shape(raw, path.name)
    if len(raw) > ceiling:
        raise ImageTooLarge(f"{path.name} unpacks to more than {ceiling} bytes.")
    try:
        volume = np.asanyarray(nib.Nifti1Image.from_bytes(raw).dataobj)
    except Exception as error:  # of many kinds, on damaged files
        raise ImageUndecodable(f"{path.name} breaks off or is damaged: {error}.") from None
    if not np.isfinite(volume).all():
        raise ImageUndecodable(f"{path.name} holds values that are no numbers.")
    return volume.reshape(volume.shape[:3])


def _shape(header: bytes, name: str) -> tuple[int, int, int]:
    """Of a volume, not larger than an image may be."""
    try:
        shape = nib.Nifti1Header.from_fileobj(io.BytesIO(header)).get_data_shape()
    except Exception as error:
        raise ImageUndecodable(f"Expected NIfTI, and {name} is none: {error}.") from None
    if len(shape) < 3 or any(side < 1 for side in shape) or any(side > 1 for side in shape[3:]):
        raise ImageUndecodable(f"Expected a volume of three axes; {name} has {shape}.")
    pixels = int(np.prod([int(side) for side in shape], dtype=object))
    if pixels > settings().image_ceiling_px:
        raise ImageTooLarge(
            f"{name} has {pixels} values; at most {settings().image_ceiling_px} are accepted."
        )
    return int(shape[0]), int(shape[1]), int(shape[2])


def _unpacked(data: bytes, most: int) -> bytes:
    """At most so many of the bytes, of a gzip file or of a plain one."""
    if data[:2] != b"\x1f\x8b":
        return data[:most]
    try:
        return zlib.decompressobj(wbits=31).decompress(data, most)
    except zlib.error as error:
        raise ImageUndecodable(f"The gzip file is damaged: {error}.") from None


def _is_volume(file: str) -> bool:
    return file.lower().endswith(ENDINGS)


def _stem(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(".gz").removesuffix(".nii")


def _split(file: str) -> str:
    """By the folder at the top."""
    top = file.partition("/")[0].lower()
    return "test" if top.startswith("test") else "val" if top.startswith("val") else "pool"
