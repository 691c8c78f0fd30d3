"""Checks one file of an import after the other: decoded to the end, upright, exact, not twice."""

from dataclasses import dataclass

import numpy as np

from core import masks, pixels
from core.errors import (
    OUR_FAULT,
    DuplicateImage,
    Invalid,
    MaskWithoutImage,
    TesseraError,
)
from core.layouts import Found, Layout
from core.masks import Size
from core.places import Place
from core.spool import Spool
from core.store import Store
from ml import costs


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    file: str
    split: str
    outcome: str
    problem: str | None = None
    detail: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Candidate:
    """An image that passed: its row's values, and the file it came from."""

    file: str
    split: str
    name: str
    width: int
    height: int
    sha256: str
    key: str
    mask_key: str | None
    mask_clicks: int
    mask_px: int | None = None
    tags: list[int] | None = None


@dataclass(frozen=True)
class Seen:
    """Whose pixels have this digest."""

    sha256: str
    file: str


class Checker:
    """Reads one file after the other and remembers what may not occur twice."""

    def __init__(
        self, layout: Layout, place: Place, *, pool_masks: bool, store: Store | None
    ) -> None:
        """`store` None checks only (a dry run)."""
        self._layout = layout
        self._place = place
        self._root = place.root
        self._pool_masks = pool_masks
        self._store = store
        self._seen: set[int] = set()
        self._files: Spool[Seen] = Spool(Seen)
        self.values: set[int] = set()

    def check(self, found: Found) -> Candidate | Outcome:
        """The image's row-to-be, or the problem it has."""
        path = found.image or found.mask
        assert path is not None
        # A name that is no UTF-8 can stand neither in a report nor in a row.
        file = str(path.relative_to(self._root)).encode(errors="replace").decode()
        file = file if found.part is None else f"{file}#{found.part}"
        try:
            return self._candidate(found, file)
        except TesseraError as error:
            if error.status >= OUR_FAULT:  # the disk's trouble is no problem of the file
                raise
            return Outcome(file, found.split, "problem", error.code(), error.detail)

    def _candidate(self, found: Found, file: str) -> Candidate:
        if found.image is None:
            raise MaskWithoutImage(f"No image has the stem of this mask in {found.split}/images.")
        if found.name == found.image.name:
            raise DuplicateImage(f"Another image has the stem {found.image.stem} too.")
        if found.name != found.name.encode(errors="replace").decode():
            raise Invalid("The file's name is not UTF-8; rename it.")
        picture = self._layout.image(found)
        height, width = picture.shape[:2]
        sha256 = pixels.fingerprint(picture)
        self._refuse_repeat(sha256, file)
        mask = self._mask(found, Size(width, height))
        return Candidate(
            file,
            found.split,
            found.name,
            width,
            height,
            sha256,
            key=self._put(self._place.stored(found.image, found.part, picture)),
            mask_key=None if mask is None else self._put(masks.to_png(mask)),
            mask_clicks=0 if mask is None or found.split != "pool" else costs.clicks(mask),
            mask_px=None if mask is None else masks.asked_px(mask),
        )

    def _refuse_repeat(self, sha256: str, file: str) -> None:
        # A number is a tenth of what a digest and a name take; whose it was is looked up then.
        known = int(sha256[:16], 16)
        if known in self._seen:
            for other in self._files:
                if other.sha256 == sha256:
                    raise DuplicateImage(f"The same pixels as {other.file}; keep one of the two.")
        self._seen.add(known)
        self._files.append(Seen(sha256, file))

    def _mask(self, found: Found, size: Size) -> masks.Mask | None:
        if found.mask is None or (found.split == "pool" and not self._pool_masks):
            return None
        try:
            mask = self._layout.covered_mask(found, size)
        except TesseraError as error:
            error.detail = f"Mask {found.mask.relative_to(self._root)}: {error.detail}"
            raise
        self.values.update(int(value) for value in np.unique(mask))
        return mask

    def _put(self, data: bytes) -> str:
        return self._store.put(data) if self._store else ""
