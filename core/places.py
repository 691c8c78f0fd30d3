"""Where an import reads its files: a folder of this machine, or a bucket by reference.

A bucket is seen as a folder of stubs, one for each object, which say what the object is: so every
layout works on both, and a listing of any length costs no memory.
"""

import hashlib
import json
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from core import pixels
from core.errors import ImageUndecodable, PathNotAllowed, TooLarge
from core.linked import kept, refusals
from core.pixels import Pixels
from core.settings import settings
from core.walking import below
from ml import linked
from ml.linked import Link

PIECE = 1 << 20


class Place(ABC):
    """A folder with the bytes behind its paths."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @abstractmethod
    def read(self, path: Path) -> bytes:
        """The bytes of a file below the folder, within limits.

        Raises PathNotAllowed, TooLarge, ImageUndecodable; of a bucket also ObjectLost, Unavailable.
        """

    @abstractmethod
    def stored(self, path: Path, part: int | None, picture: Pixels) -> bytes:
        """What the store is to hold of an image whose pixels were read from the path: the upright
        picture as PNG, or a link to where it is."""

    @abstractmethod
    def mark(self, path: Path) -> str:
        """What changes with the file's content. Raises what `read` does."""

    def files(self) -> Iterator[Path]:
        """Every file below the folder, in an order of its own that is always the same."""
        return (self.root / name for name in below(self.root))


class Folder(Place):
    """A folder of this machine. Links are followed as far as they stay inside."""

    def read(self, path: Path) -> bytes:
        try:
            return self._inside(path).read_bytes()
        except OSError as error:
            raise ImageUndecodable(f"The file cannot be read: {error.strerror}.") from None

    def stored(self, path: Path, part: int | None, picture: Pixels) -> bytes:  # noqa: ARG002
        return pixels.to_png(picture)

    def mark(self, path: Path) -> str:
        return hashlib.sha256(self.read(path)).hexdigest()

    def _inside(self, path: Path) -> Path:
        try:
            real = path.resolve(strict=True)
            status = real.stat()
        except (OSError, RuntimeError):  # a link to nowhere or in a circle, or gone meanwhile
            raise ImageUndecodable("The file is a broken link, or has gone meanwhile.") from None
        if not real.is_relative_to(self.root):
            raise PathNotAllowed("The file is a link to outside the folder.")
        if not stat.S_ISREG(status.st_mode):  # a pipe would be read for ever
            raise ImageUndecodable("Expected a file, and this is a folder or a device.")
        refuse_large(status.st_size)
        return real


def refuse_large(size: int) -> None:
    """Raises TooLarge for more bytes than are read of one file."""
    ceiling = settings().file_ceiling_bytes
    if size > ceiling:
        raise TooLarge(f"The file has {size} bytes; at most {ceiling} are read.")


class Bucket(Place):
    """Stubs (`core.buckets`), whose objects are read when they are needed: each once, since what
    was read is kept for a while and noted down in its stub."""

    def read(self, path: Path) -> bytes:
        link = self._link(path)
        refuse_large(link.size)
        with refusals():
            if link.sha256:
                return linked.content(link, kept())
            data = linked.download(link.url, link.size)
        if len(data) != link.size:
            raise ImageUndecodable(f"{link.url} has changed while it was listed; import again.")
        known = link._replace(sha256=hashlib.sha256(data).hexdigest())
        kept().put(known.sha256, data)
        path.write_bytes(known.dump())
        return data

    def stored(self, path: Path, part: int | None, picture: Pixels) -> bytes:
        if part is not None:  # no object of its own: to see it would take the whole volume
            return pixels.to_png(picture)
        link = self._link(path)
        assert link.sha256
        return link.dump()

    def mark(self, path: Path) -> str:
        link = self._link(path)
        return f"{link.size} {link.tag}"

    def _link(self, path: Path) -> Link:
        try:
            found = linked.parse(path.read_bytes())
        except (OSError, json.JSONDecodeError):
            found = None
        if found is None:
            raise ImageUndecodable("The listing has no such object.")
        return found
