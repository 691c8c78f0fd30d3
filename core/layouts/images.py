"""`images`: pictures alone, all of them the pool.

Found out by itself only where a folder holds pictures and nothing of another layout; asked for by
name, folders within are looked through too.
"""

from collections.abc import Iterator
from pathlib import Path

from core.layouts.contract import Found, Layout
from core.layouts.listing import SUFFIXES, by_stem_below


class Images(Layout):
    NAME = "images"

    @classmethod
    def detects(cls, root: Path) -> bool:
        return any(path.suffix.lower() in SUFFIXES for path in root.iterdir())

    def scan(self) -> Iterator[Found]:
        for stem, path in by_stem_below(self.source.root).items():
            yield Found("pool", stem, path, None)
