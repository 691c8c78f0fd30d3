"""Which image files a folder holds, by name. There may be a hundred thousand, so names are held
and no paths, which take many times as much."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from core.walking import below

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}


class Stems(Mapping[str, Path]):
    """Image files by stem, or by name where the stem is taken."""

    def __init__(self, root: Path, names: Iterable[str], ending: str = "") -> None:
        """`names` are relative to the root. Stems stand without the `ending`, if they have it."""
        self._root = root
        self._around: dict[str, tuple[str, str]] = {}
        shared: dict[tuple[str, str], tuple[str, str]] = {}
        for name in names:
            folder, _, last = name.rpartition("/")
            stem, suffix = os.path.splitext(last)
            if suffix.lower() not in SUFFIXES:
                continue
            key = stem.removesuffix(ending)
            around = (folder, last[len(key) :])
            if key in self._around:
                key, around = last, (folder, "")
            self._around[key] = shared.setdefault(around, around)

    def __getitem__(self, stem: str) -> Path:
        folder, rest = self._around[stem]
        return self._root / folder / (stem + rest)

    def __or__(self, other: "Stems") -> "Stems":
        """Those of both, under the same root; the other's where both have one."""
        joined = Stems(self._root, ())
        joined._around = self._around | other._around
        return joined

    def __contains__(self, stem: object) -> bool:
        return stem in self._around

    def __iter__(self) -> Iterator[str]:
        return iter(self._around)

    def __len__(self) -> int:
        return len(self._around)


def by_stem(folder: Path, ending: str = "") -> Stems:
    """The image files of a folder, by name; none where there is no folder."""
    return Stems(folder, sorted(os.listdir(folder)) if folder.is_dir() else (), ending)


def by_stem_below(root: Path) -> Stems:
    """The image files of a folder and of those within, folder by folder."""
    return Stems(root, below(root))
