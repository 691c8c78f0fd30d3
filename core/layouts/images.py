"""`images`: pictures alone, all of them the pool.

Found out by itself only where a folder holds pictures and nothing of another layout; asked for by
name, folders within are looked through too.
"""

from collections.abc import Iterator
from pathlib import Path

from core.layouts.contract import SUFFIXES, Found, Layout, named


class Images(Layout):
    NAME = "images"

    @classmethod
    def detects(cls, root: Path) -> bool:
        return any(path.suffix.lower() in SUFFIXES for path in root.iterdir())

    def scan(self) -> Iterator[Found]:
        files = sorted(self.source.root.rglob("*"))
        pictures = named(path for path in files if path.suffix.lower() in SUFFIXES)
        for stem, path in pictures.items():
            yield Found("pool", stem, path, None)
